import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { Outcome, ResolutionSchema } from "../../gen/andon/v1/decision_pb";
import { QuorumSchema, type Task, TaskState } from "../../gen/andon/v1/task_pb";
import { fakeTask } from "../../testing/tasks";
import { endedWords, fateOf } from "./fates";

const before = { queue: "credit", escalations: 0, lapsesAt: 100_000 };
const words = (given: Partial<Task>, now = 50_000) =>
  fateOf({ task: { ...fakeTask(1), ...given }, wasMine: true }, before, now)?.words;

function resolved(by: string, state: TaskState): Task {
  const task = fakeTask(1, { state });
  if (task.decision) task.decision.resolution = create(ResolutionSchema, { resolvedBy: by });
  return task;
}

it("tells what really became of a task", () => {
  expect(words({ queue: "credit" })).toBe("it was given back elsewhere, and waits in its queue again.");
  expect(words({}, 99_000)).toBe("its lease has lapsed.");
  expect(words({ escalations: 1 })).toBe("it has been escalated.");
  expect(words({ queue: "seniors", escalations: 1 })).toBe("it has been escalated to seniors.");
  expect(words(resolved("bob", TaskState.REVIEWED))).toBe("bob has judged it.");
  expect(words({ state: TaskState.CANCELLED })).toBe("the submitter has cancelled the decision.");
  const enough = resolved("bob", TaskState.CANCELLED);
  if (enough.decision?.resolution) enough.decision.resolution.outcome = Outcome.APPROVED;
  expect(words(enough)).toBe("no verdict on it is needed any more.");
  expect(words({ state: TaskState.CANCELLED, quorum: create(QuorumSchema) })).toMatch(/^no verdict/);
  expect(words({ state: TaskState.EXPIRED })).toBe("its deadline has passed.");
  expect(fateOf({ task: fakeTask(1), wasMine: false }, before, 0)).toBeUndefined();
});

it("names who has judged", () => {
  expect(endedWords(resolved("bob", TaskState.REVIEWED), "ada")).toBe("bob has judged this task.");
  expect(endedWords(resolved("ada", TaskState.REVIEWED), "ada")).toBe("You have judged this task.");
  const share = Object.assign(resolved("bob", TaskState.REVIEWED), { quorum: create(QuorumSchema) });
  expect(endedWords(share, "ada")).toBe("This task has been judged.");
});
