import { act, renderHook } from "@testing-library/react";
import { beforeEach, describe, expect, test } from "vitest";
import { fakeTask } from "../testing/tasks";
import { clockWords } from "./clockWords";
import { filterTasks } from "./filter";
import { namesOf, offsetsOf, ROW_HEIGHT, rowsOf } from "./rows";
import { clearSelection, keepSelected, toggleSelected, useSelection } from "./selection";
import { urgencyOf } from "./urgency";
import { useCursor } from "./useCursor";

const words = { noneMine: "none of yours", noneWaiting: "nothing waits" };

describe("the filter", () => {
  const tasks = [fakeTask(1), fakeTask(2), fakeTask(3)];

  test.each([
    [{ queue: "", text: "" }, 3],
    [{ queue: "refunds", text: "" }, 1],
    [{ queue: "", text: "credit.decide" }, 2],
    [{ queue: "", text: "4702" }, 1],
    [{ queue: "", text: "LESS sure  4702" }, 1],
    [{ queue: "refunds", text: "4702" }, 0],
    [{ queue: "", text: "nobody" }, 0],
  ])("%o lets %i through", (filter, count) => expect(filterTasks(tasks, filter)).toHaveLength(count));

  test("without conditions is the list itself, so that nothing is drawn anew", () =>
    expect(filterTasks(tasks, { queue: "", text: " " })).toBe(tasks));
});

describe("the rows", () => {
  const mine = [fakeTask(1)];
  const waiting = [fakeTask(2), fakeTask(3)];

  test("are mine, then what waits, each under its heading", () => {
    const rows = rowsOf({ mine, waiting }, { mine, waiting }, words);
    expect(rows.map((row) => row.kind)).toEqual(["heading", "task", "heading", "task", "task"]);
    expect(namesOf(rows)).toEqual([...mine, ...waiting].map((task) => task.name));
  });

  test("say where there are none, and how many a filter hides", () => {
    const rows = rowsOf({ mine: [], waiting: [] }, { mine, waiting: [] }, words);
    expect(rows).toMatchObject([
      { kind: "heading", count: 0, of: 1 },
      { kind: "note", text: "none of yours" },
      { kind: "heading", count: 0, of: 0 },
      { kind: "note", text: "nothing waits" },
    ]);
  });

  test("begin where those before them end", () => {
    const rows = rowsOf({ mine, waiting: [] }, { mine, waiting: [] }, words);
    const { heading, task, note } = ROW_HEIGHT;
    expect(offsetsOf(rows)).toEqual([0, heading, heading + task, 2 * heading + task, 2 * heading + task + note]);
  });
});

describe("the cursor", () => {
  const names = ["a", "b", "c", "d"];
  const cursorIn = (list: readonly string[], open: string | null) =>
    renderHook(({ list, open }) => useCursor(list, open), { initialProps: { list, open } });

  test("begins nowhere, and moves to the first row first", () => {
    const { result } = cursorIn(names, null);
    expect(result.current.cursor).toBeNull();
    expect(result.current.stepped(1)).toBe("a");
    expect(result.current.stepped(-1)).toBe("a");
  });

  test("moves from the open task, and stops at the ends", () => {
    const { result } = cursorIn(names, "b");
    expect(result.current.cursor).toBe("b");
    expect([result.current.stepped(1), result.current.stepped(-1)]).toEqual(["c", "a"]);
    expect([result.current.stepped(9), result.current.stepped(-9)]).toEqual(["d", "a"]);
  });

  test("goes on from where an open task was that has left the list", () => {
    const { result, rerender } = cursorIn(names, "b");
    rerender({ list: ["a", "c", "d"], open: "b" });
    expect(result.current.cursor).toBeNull();
    expect([result.current.stepped(1), result.current.stepped(-1)]).toEqual(["c", "a"]);
  });

  test("stands on what took the place of a row that is gone", () => {
    const { result, rerender } = cursorIn(names, null);
    act(() => result.current.moveTo("b"));
    expect(result.current.cursor).toBe("b");
    rerender({ list: ["a", "c", "d"], open: null });
    expect(result.current.cursor).toBe("c");
  });

  test("has nowhere to go in an empty list", () => expect(cursorIn([], null).result.current.stepped(1)).toBeNull());
});

describe("the selection", () => {
  beforeEach(clearSelection);

  test("is made one by one, and keeps only what is still there", () => {
    const { result } = renderHook(useSelection);
    act(() => ["a", "b", "c", "b"].forEach(toggleSelected));
    expect([...result.current]).toEqual(["a", "c"]);
    act(() => keepSelected(new Set(["c", "d"])));
    expect([...result.current]).toEqual(["c"]);
    act(clearSelection);
    expect(result.current.size).toBe(0);
  });
});

test.each([
  [-5, "0:00"],
  [65_000, "1:05"],
  [3_595_000, "59:55"],
  [3_600_000, "1:00 h"],
  [14_399_000, "3:59 h"],
  [90_000_000, "25:00 h"],
  [180_000_000, "2 d 2 h"],
])("%i ms before a deadline stand as %s", (span, words) => expect(clockWords(span)).toBe(words));

test.each([
  [3, "low", "low"],
  [12, "medium", ""],
  [25, "high", "high"],
  [30, "top", "most urgent"],
])("an urgency of %i is %s", (urgency, level, word) => expect(urgencyOf({ urgency })).toEqual({ level, word }));
