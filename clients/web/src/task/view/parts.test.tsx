import { act, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";
import { browserForTests } from "../../decisions/testPage";
import { FieldFormat } from "../../gen/andon/v1/task_pb";
import type { LiveStore } from "../../live";
import { LiveContext } from "../../live/useLive";
import type { Comfort } from "../model/cover";
import type { Field } from "../model/fields";
import { FieldBody } from "./FieldList";
import { FieldValue } from "./FieldValue";
import { ScreenContext } from "./screen";
import { useRead } from "./useRead";

browserForTests();

const REMOTE = "https://user@photos.example:8443/a.png";
const DATA = "data:image/png;base64,AAAA";

function image(value: string, upsetting = false): Field {
  const rest = { unit: "", upsetting, whole: false, children: [] };
  return { path: "input.photo", label: "Photo", value, kind: "text", format: FieldFormat.IMAGE, ...rest };
}

function showField(field: Field, opened: readonly string[] = [], set: Partial<Comfort> = {}, Shown = FieldValue) {
  const open = vi.fn();
  const off = { coverUpsetting: true, greyUpsetting: true, coverImages: false, blurImages: false, greyImages: false };
  const comfort = { ...off, ...set };
  function Page() {
    const [keys, setKeys] = useState(opened);
    const keep = (key: string) => {
      open(key);
      setKeys((before) => [...before, key]);
    };
    const fail = (path: string, hasFailed: boolean) =>
      setKeys((before) => [
        ...before.filter((key) => key !== `${path}#broken`),
        ...(hasFailed ? [`${path}#broken`] : []),
      ]);
    return (
      <ScreenContext value={{ opened: new Set(keys), open: keep, fail, comfort, reader: {} }}>
        <Shown field={field} />
      </ScreenContext>
    );
  }
  const { container } = render(<Page />);
  return { open, image: () => container.querySelector("img"), text: () => container.textContent };
}

describe("an image", () => {
  it("of another host is asked for by a person alone, who is told of whom", () => {
    const { image: found, open } = showField(image(REMOTE));
    expect(found()).toBeNull();
    fireEvent.click(screen.getByRole("button", { name: "Load the image from photos.example:8443 Photo" }));
    expect(open).toHaveBeenCalledWith("input.photo#uncovered");
  });

  it("is asked for without a word of where the reader comes from, and says why it is not there", () => {
    const { image: found, text } = showField(image(REMOTE), ["input.photo#uncovered"]);
    expect(found()?.getAttribute("referrerpolicy")).toBe("no-referrer");
    expect(found()?.getAttribute("crossorigin")).toBeNull();
    fireEvent.error(found() as HTMLImageElement);
    expect(text()).toContain("the server allows images only from the hosts in its setting image_origins");
  });

  it("that the field itself holds is there at once, unless it may upset", () => {
    expect(showField(image(DATA)).image()?.src).toBe(DATA);
    expect(showField(image(DATA, true)).image()).toBeNull();
    expect(showField(image("data:image/svg+xml;base64,AAAA")).image()).toBeNull();
  });

  const UNCOVERED = ["input.photo#uncovered"];
  const toggle = (name: string) => screen.getByRole("button", { name: `${name} Photo` });
  const look = (found: HTMLImageElement | null) =>
    ["blurred", "grey"].filter((part) => found?.className.includes(part));

  it("that may upset comes blurred and grey, and is opened only once it is sharp", () => {
    const { image: found, open } = showField(image(DATA, true), UNCOVERED);
    expect(look(found())).toEqual(["blurred", "grey"]);
    fireEvent.click(toggle("In colour"));
    expect(look(found())).toEqual(["blurred"]);
    expect(open).not.toHaveBeenCalled();
    expect(toggle("Sharp").getAttribute("aria-pressed")).toBe("false");
    fireEvent.click(toggle("Sharp"));
    expect(toggle("Sharp").getAttribute("aria-pressed")).toBe("true");
    expect(look(found())).toEqual([]);
    expect(open.mock.calls).toEqual([["input.photo#sharp"]]);
    fireEvent.click(toggle("Sharp"));
    expect(look(found())).toEqual(["blurred"]);
  });

  it("comes blurred again where it was seen sharp before", () => {
    const { image: found, open } = showField(image(DATA, true), [...UNCOVERED, "input.photo#sharp"]);
    expect(look(found())).toEqual(["blurred", "grey"]);
    fireEvent.click(toggle("Sharp"));
    expect(open).not.toHaveBeenCalled();
  });

  it.each([
    [{}, []],
    [{ blurImages: true }, ["blurred"]],
    [{ greyImages: true }, ["grey"]],
    [{ coverImages: true }, ["blurred", "grey"]],
  ])("that no policy marks follows the reader's settings %j", (set, looks) => {
    const { image: found } = showField(image(DATA), UNCOVERED, set);
    expect(look(found())).toEqual(looks);
    expect(screen.queryAllByRole("button", { name: /^(Sharp|In colour)/ }).length).toBe(looks.length);
  });

  it("that can't be loaded counts as opened only once the reviewer says that they decide without it", () => {
    const { image: found, open, text } = showField(image(REMOTE, true), UNCOVERED);
    fireEvent.error(found() as HTMLImageElement);
    expect(open).not.toHaveBeenCalled();
    fireEvent.click(screen.getByRole("button", { name: "I can't see it: decide without Photo" }));
    expect(open.mock.calls).toEqual([["input.photo#unseen"]]);
    expect(text()).toContain("You decide without having seen it");
    fireEvent.click(toggle("Try again"));
    expect(look(found())).toEqual(["blurred", "grey"]);
  });

  it("of a kind this page does not show has to be decided without, too", () => {
    showField(image("data:image/svg+xml;base64,AAAA"));
    expect(screen.getByRole("button", { name: /decide without/ }).dataset.opens).toBe("input.photo#unseen");
  });
});

describe("what is opened", () => {
  const text = (value: string, upsetting = false): Field => ({
    path: "input.letter",
    label: "Letter",
    value,
    kind: "text",
    format: FieldFormat.UNSPECIFIED,
    unit: "",
    upsetting,
    whole: false,
    children: [],
  });

  it("has the focus then: its button is gone", () => {
    const { text: shown } = showField(text("word ".repeat(200)));
    fireEvent.click(screen.getByRole("button", { name: /^Show all/ }));
    expect(document.activeElement?.textContent).toBe(shown());
    expect(shown()).toHaveLength(1000);
  });

  it("has the focus when it is uncovered, and its button when it is covered again", () => {
    showField(text("he died", true));
    fireEvent.click(screen.getByRole("button", { name: /uncover/ }));
    expect(document.activeElement?.textContent).toContain("he died");
    fireEvent.click(screen.getByRole("button", { name: /^Cover again/ }));
    expect(document.activeElement).toBe(screen.getByRole("button", { name: /uncover/ }));
  });

  it("is a list as well", () => {
    const entry = (at: number) => ({ ...text(`entry ${at}`), path: `input.list[${at}]`, label: String(at) });
    const list = {
      ...text(""),
      path: "input.list",
      value: [],
      kind: "list",
      children: [...Array(20).keys()].map(entry),
    };
    showField(list as Field, [], {}, FieldBody);
    fireEvent.click(screen.getByRole("button", { name: /^Show all 20/ }));
    expect(document.activeElement?.textContent).toContain("entry 19");
  });
});

describe("a part of a task", () => {
  function connection() {
    let status = "live";
    const listeners = new Set<() => void>();
    const state = { live: { connection: { status } }, waiting: { connection: { status: "waiting" } } };
    const store = {
      subscribe: (listener: () => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      state: () => (status === "live" ? state.live : state.waiting),
    };
    const turn = (next: string) =>
      act(() => {
        status = next;
        for (const listener of listeners) listener();
      });
    return { store: store as unknown as LiveStore, turn };
  }

  function Part({ read }: { readonly read: () => Promise<string> }) {
    const { value, error, again } = useRead("key", "", read);
    return (
      <button type="button" onClick={again}>
        {error === undefined ? (value ?? "waiting") : "failed"}
      </button>
    );
  }

  it("is read once, and again when the connection is back or somebody asks", async () => {
    const read = vi.fn(() => Promise.resolve("there"));
    const { store, turn } = connection();
    render(
      <LiveContext value={store}>
        <Part read={read} />
      </LiveContext>,
    );
    await screen.findByText("there");
    expect(read).toHaveBeenCalledTimes(1);
    read.mockRejectedValueOnce(new Error("no answer"));
    fireEvent.click(screen.getByRole("button"));
    await screen.findByText("failed");
    turn("waiting");
    expect(read).toHaveBeenCalledTimes(2);
    turn("live");
    await screen.findByText("there");
    await waitFor(() => expect(read).toHaveBeenCalledTimes(3));
  });
});
