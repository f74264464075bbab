import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";

import { DecisionSchema } from "../gen/andon/v1/decision_pb";
import { footWords } from "./SearchFoot";
import { MAX_STEPS, type Page, type Progress, START, searchOn, WANTED } from "./search";
import { momentText } from "./timeRange";

const page = (nextPageToken: string, ...names: string[]): Page => ({
  decisions: names.map((name) => create(DecisionSchema, { name })),
  nextPageToken,
});
const many = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

async function run(list: (token: string, size: number) => Page, from: Progress = START): Promise<Progress[]> {
  const steps: Progress[] = [];
  for await (const step of searchOn(async (token, size) => list(token, size), from)) steps.push(step);
  return steps;
}

describe("a search", () => {
  it("goes on by itself over empty pages", async () => {
    const pages: Record<string, Page> = { "": page("1"), 1: page("2"), 2: page("", "a") };
    const steps = await run((token) => pages[token] ?? page(""));
    expect(steps.map(({ found, emptySteps }) => [found.length, emptySteps])).toEqual([
      [0, 1],
      [0, 2],
      [1, 0],
    ]);
  });

  it("stops after some calls, and can be taken up again where it stopped", async () => {
    const first = await run((token) => page(String(Number(token) + 1)));
    expect(first).toHaveLength(MAX_STEPS);
    expect(first.at(-1)).toEqual({
      found: [],
      token: String(MAX_STEPS),
      emptySteps: MAX_STEPS,
      searchedTo: undefined,
    });
    const asked: string[] = [];
    await run((token) => {
      asked.push(token);
      return page("");
    }, first.at(-1));
    expect(asked).toEqual([String(MAX_STEPS)]);
  });

  it("tells how far back it has come, on empty pages too", async () => {
    const steps = await run((token) =>
      token === "" ? { ...page("1"), searchedTime: timestampFromMs(5000) } : page(""),
    );
    expect(steps.map(({ searchedTo }) => searchedTo)).toEqual([5000, undefined]);
  });

  it("asks for no more than it lacks", async () => {
    const sizes: number[] = [];
    await run((token, size) => {
      sizes.push(size);
      return token === "" ? page("1", ...many(WANTED - 10, "a")) : page("2", ...many(10, "b"));
    });
    expect(sizes).toEqual([WANTED, 10]);
  });

  it("shows no decision twice", async () => {
    const steps = await run((token) => (token === "" ? page("1", "a", "b") : page("", "b", "c")));
    expect(steps.at(-1)?.found.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  });
});

describe("the status line", () => {
  const time = new Date(2026, 10, 22, 8, 30).getTime();
  const back = `back to ${momentText(time)}`;
  const found = page("", "a").decisions;

  it.each([
    [START, true, "Searching …"],
    [{ ...START, token: "1", searchedTo: time }, true, `0 decisions ${back}; searching on …`],
    [
      { ...START, token: "1", searchedTo: time, emptySteps: MAX_STEPS },
      false,
      `Nothing found ${back}; older decisions have not been searched yet`,
    ],
    [{ ...START, found, token: "1", searchedTo: time, emptySteps: 2 }, false, `1 decision ${back}`],
    [{ ...START, found }, false, "1 decision; that is all"],
    [START, false, ""],
  ])("says how far back was searched: %#", (progress, searching, words) => {
    expect(footWords(progress, searching)).toBe(words);
  });
});
