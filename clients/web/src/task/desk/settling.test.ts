import { describe, expect, it } from "vitest";
import { FIELD_MS, SETTLE_MS, Settling } from "./settling";

const VERDICTS = new Set(["a", "r", "c", "s"]);

/** Strikes keys on the page itself, `pause` ms apart, and tells which of them would have decided something. */
function typed(settling: Settling, words: string, from: number, pause: number): string[] {
  return [...words].filter((key, index) => {
    settling.struck(key, false, from + index * pause);
    return settling.isDeliberate() && VERDICTS.has(key);
  });
}

describe("keys while one task gives way to the next", () => {
  const make = () => new Settling(new Set(["r", "c", "e", "m"]));

  it("are no verdicts until the task has stood for a moment", () => {
    const settling = make();
    settling.shown(0);
    expect(typed(settling, "a", SETTLE_MS, 0)).toEqual([]);
    expect(typed(settling, "a", 2 * SETTLE_MS + 1, 0)).toEqual(["a"]);
  });

  it.each([20, 80, 200, SETTLE_MS])("are words where they follow each other by %i ms, however many", (pause) => {
    const settling = make();
    settling.shown(0);
    expect(typed(settling, "as a scarce case, a crass one", 100, pause)).toEqual([]);
  });

  it("count at once after a pause, and then all of them do", () => {
    const settling = make();
    settling.shown(0);
    expect(typed(settling, "as", 1_000, 10)).toEqual(["a", "s"]);
  });

  it("belong to a word that a letter without meaning has begun", () => {
    const settling = make();
    settling.shown(0);
    settling.struck("t", false, 1_000, false);
    settling.struck("a", false, 1_080);
    expect(settling.isDeliberate()).toBe(false);
    settling.struck("a", false, 1_081 + SETTLE_MS);
    expect(settling.isDeliberate()).toBe(true);
  });

  it("that came before the task open its field, unless they are long ago", () => {
    const settling = make();
    settling.shown(0);
    settling.gone();
    typed(settling, "reason", 500, 80);
    expect(settling.shown(1_000)).toBe("r");
    expect(settling.shown(1_100)).toBeUndefined();
    settling.gone();
    typed(settling, "r", 1_200, 0);
    expect(settling.shown(5_000)).toBeUndefined();
  });

  it("wait for a field that has to be loaded, and not for ever", () => {
    const settling = make();
    settling.shown(0);
    settling.struck("c", false, 1_000);
    settling.expectField(1_000);
    expect(typed(settling, "as", 2_000, 500)).toEqual([]);
    expect(typed(settling, "a", 1_001 + FIELD_MS, 0)).toEqual(["a"]);
    settling.expectField(10_000);
    settling.hasField();
    expect(typed(settling, "a", 10_001, 0)).toEqual(["a"]);
  });

  it("that are typed into a field do not keep the task restless", () => {
    const settling = make();
    settling.shown(0);
    settling.struck("r", false, 100);
    expect(settling.isDeliberate()).toBe(false);
    settling.struck("n", true, 180);
    settling.struck("o", true, 600);
    expect(settling.isDeliberate()).toBe(true);
  });
});
