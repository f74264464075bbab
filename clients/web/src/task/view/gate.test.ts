import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { type Task, TaskSchema, Verdict } from "../../gen/andon/v1/task_pb";
import { bulkNeedsComment, planBulk, rowEvidence } from "../bulk/plan";
import { type Attempt, gate } from "./gate";

function task(
  given: Partial<{ irreversible: boolean; commentRequired: Verdict[]; schema: boolean; token: string }> = {},
): Task {
  return create(TaskSchema, {
    name: "tasks/1",
    decision: {
      action: "refund.issue",
      prediction: { amount: 1 },
      attributes: { irreversible: given.irreversible ?? false },
    },
    presentation: { effect: "It is paid", commentRequired: given.commentRequired ?? [] },
    lease: { token: given.token ?? "t" },
    ...(given.schema ? { correctionSchema: { type: "object" } } : {}),
  });
}

const cover = { path: "input.text", label: "text", why: "long" } as const;
const attempt = (given: Partial<Attempt>): Attempt => ({
  task: task(),
  verdict: "approve",
  comment: "",
  correction: undefined,
  isFaulty: false,
  unopened: [],
  ...given,
});

describe("the gate before a verdict", () => {
  it("lets an ordinary verdict pass", () => {
    expect(gate(attempt({}))).toEqual({ kind: "send" });
    expect(gate(attempt({ unopened: [cover] }))).toEqual({ kind: "send" });
  });

  it("asks to open every field before something irreversible is approved or corrected, and for nothing else", () => {
    const irreversible = task({ irreversible: true });
    expect(gate(attempt({ task: irreversible, unopened: [cover] }))).toEqual({ kind: "open", covers: [cover] });
    expect(gate(attempt({ task: irreversible, unopened: [cover], verdict: "reject" }))).toEqual({ kind: "send" });
    const corrected = attempt({ task: irreversible, verdict: "correct", correction: { amount: 2 } });
    expect(gate({ ...corrected, unopened: [cover] })).toEqual({ kind: "open", covers: [cover] });
    expect(gate({ ...corrected, correction: undefined, unopened: [cover] })).toEqual({ kind: "edit" });
    expect(gate(corrected)).toEqual({ kind: "send" });
  });

  it("asks for the comment that the policy wants", () => {
    const wanting = task({ commentRequired: [Verdict.REJECT] });
    expect(gate(attempt({ task: wanting, verdict: "reject", comment: " " }))).toEqual({ kind: "comment" });
    for (const unseen of ["\u200b\u00ad", "\0", "\u034f", "\u{e0020}", "\u3164", "\u2800", "\u115f\u1160\uffa0"]) {
      expect(gate(attempt({ task: wanting, verdict: "reject", comment: unseen }))).toEqual({ kind: "comment" });
    }
    for (const said of ["no", "7", "?", "👎", "否"]) {
      expect(gate(attempt({ task: wanting, verdict: "reject", comment: said }))).toEqual({ kind: "send" });
    }
    expect(gate(attempt({ task: wanting }))).toEqual({ kind: "send" });
  });

  it("takes a correction that changes something, and asks about one that does not", () => {
    const kind = (correction: Attempt["correction"], isFaulty = false) =>
      gate(attempt({ verdict: "correct", correction, isFaulty })).kind;
    expect([kind(undefined), kind({ amount: 1 }), kind({ amount: 2 }, true), kind({ amount: "1" })]).toEqual([
      "edit",
      "unchanged",
      "faults",
      "send",
    ]);
  });
});

describe("a bulk verdict", () => {
  it("leaves out what must be judged one by one, and says why", () => {
    const tasks = [task(), task({ irreversible: true }), task({ schema: true }), task({ token: "" })];
    const { judged, leftOut } = planBulk(tasks, new Set());
    expect(judged).toEqual([tasks[0]]);
    expect(leftOut.map((one) => one.why)).toEqual([
      "it can't be undone",
      "it has a form for corrections",
      "it is not yours",
    ]);
    expect(planBulk([task()], new Set(["tasks/1"])).leftOut[0]?.why).toBe("its verdict is on its way");
  });

  it("asks for a comment where one policy does, and says honestly what was shown", () => {
    expect(bulkNeedsComment([task(), task({ commentRequired: [Verdict.REJECT] })], Verdict.REJECT)).toBe(true);
    expect(rowEvidence(task(), 10)).toMatchObject({ opened: [], unopened: ["input", "prediction"], viewMs: 10 });
  });
});
