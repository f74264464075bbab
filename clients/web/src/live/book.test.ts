import { create } from "@bufbuild/protobuf";
import { expect, test, vi } from "vitest";
import { StreamEventType, StreamResponseSchema } from "../gen/andon/v1/review_service_pb";
import { type Task, TaskState } from "../gen/andon/v1/task_pb";
import { fakeTask, leasedTo } from "../testing/tasks";
import { TaskBook } from "./book";

const ME = "ada@example.com";
const event = (type: StreamEventType, task?: Task) => create(StreamResponseSchema, { type, task });
const changed = (task: Task) => event(StreamEventType.CHANGED, task);
const leased = (task: Task) => event(StreamEventType.LEASED, task);
const removed = (task: Task) => event(StreamEventType.REMOVED, task);
const synced = event(StreamEventType.SYNCED);

function bookWith(...events: ReturnType<typeof event>[]): TaskBook {
  const book = new TaskBook(ME);
  book.opened();
  for (const one of events) book.apply(one);
  return book;
}

const names = (tasks: readonly Task[]) => tasks.map((task) => Number(task.name.slice(-12)));

test("what waits is sorted by urgency, then deadline, then age", () => {
  const late = fakeTask(1, { urgency: 10 });
  const soon = { ...fakeTask(2, { urgency: 10 }), expireTime: fakeTask(0).expireTime };
  const urgent = fakeTask(3, { urgency: 20 });
  const never = { ...fakeTask(4, { urgency: 10 }), expireTime: undefined };
  const book = bookWith(changed(never), changed(late), changed(soon), changed(urgent));
  expect(names(book.tasks().waiting)).toEqual([3, 2, 1, 4]);
  book.apply(changed(fakeTask(1, { urgency: 30 })));
  expect(names(book.tasks().waiting)).toEqual([1, 3, 2, 4]);
});

test("an event that comes twice changes nothing more", () => {
  const book = bookWith(changed(fakeTask(1)), changed(fakeTask(1)), leased(leasedTo(fakeTask(2), ME)));
  book.apply(leased(leasedTo(fakeTask(2), ME)));
  const { mine, waiting, queues } = book.tasks();
  expect([names(mine), names(waiting)]).toEqual([[2], [1]]);
  expect(queues).toEqual([{ queue: "credit", waiting: 1, leased: 1 }]);
});

test("mine come in the order they were leased, and keep their place when they change", () => {
  const book = bookWith(changed(fakeTask(1)), leased(leasedTo(fakeTask(2), ME)), leased(leasedTo(fakeTask(1), ME)));
  book.apply(changed(leasedTo(fakeTask(2), ME, "newer")));
  expect(names(book.tasks().mine)).toEqual([2, 1]);
});

test("a task that is another's is neither mine nor waiting", () => {
  const book = bookWith(changed(leasedTo(fakeTask(1), "bob@example.com", "")));
  expect(book.tasks()).toMatchObject({ mine: [], waiting: [], queues: [{ waiting: 0, leased: 1 }] });
});

test("a lost lease is told: the task waits again, or is gone", () => {
  const book = bookWith(leased(leasedTo(fakeTask(1), ME)), leased(leasedTo(fakeTask(2), ME)));
  expect(book.apply(changed(fakeTask(1)))).toMatchObject({ wasMine: true, isNew: false });
  expect(book.apply(removed({ ...fakeTask(2), state: TaskState.EXPIRED }))).toMatchObject({ wasMine: true });
  expect(names(book.tasks().waiting)).toEqual([1]);
  expect(book.tasks().mine).toEqual([]);
});

test("the body of a task of mine stays when an event leaves it out", () => {
  const whole = leasedTo(fakeTask(1), ME);
  const brief = leasedTo(fakeTask(1), ME);
  if (brief.decision) brief.decision.prediction = undefined;
  const book = bookWith(leased(whole), changed(brief));
  expect(book.tasks().mine[0]?.decision?.prediction).toEqual({ decision: "grant", limit: 1501 });
});

test("what the caller has changed is not whole before it was read; a step aside counts for nothing", () => {
  const amended = (token: string) => {
    const task = leasedTo(fakeTask(1), ME, token);
    if (task.decision) Object.assign(task.decision, { payloadHash: "f".repeat(64), prediction: { limit: 2 } });
    return task;
  };
  const brief = amended("token");
  if (brief.decision) brief.decision.prediction = undefined;
  const book = bookWith(leased(leasedTo(fakeTask(1), ME)));
  expect(book.isWhole(brief.name)).toBe(true);
  book.apply(changed(brief));
  expect(book.isWhole(brief.name)).toBe(false);
  expect(book.get(brief.name)?.decision?.prediction).toBeUndefined();
  book.apply(changed(brief));
  book.read(amended("older"));
  expect(book.isWhole(brief.name)).toBe(false);
  book.read(amended("token"));
  expect(book.isWhole(brief.name)).toBe(true);
  expect(book.get(brief.name)?.decision?.prediction).toEqual({ limit: 2 });
});

test("more time stands in the place of the older deadline, for tasks of mine alone", () => {
  const book = bookWith(leased(leasedTo(fakeTask(1), ME)), changed(fakeTask(2)));
  const { expireTime } = fakeTask(900);
  for (const number of [1, 2]) book.extended(fakeTask(number).name, { ...fakeTask(number), expireTime, extensions: 1 });
  expect(book.get(fakeTask(1).name)).toMatchObject({ expireTime, extensions: 1, lease: { token: "token" } });
  expect(book.get(fakeTask(2).name)?.extensions).toBe(0);
});

test("after a break, what is not told again is gone once all has been told", () => {
  const book = bookWith(changed(fakeTask(1)), changed(fakeTask(2)), leased(leasedTo(fakeTask(3), ME)), synced);
  book.opened();
  book.apply(changed(fakeTask(2)));
  expect(names(book.tasks().waiting).sort()).toEqual([1, 2]);
  book.apply(synced);
  expect(names(book.tasks().waiting)).toEqual([2]);
  expect(book.tasks().mine).toEqual([]);
});

test("a renewed lease stands in the place of the older one, for tasks of mine alone", () => {
  const book = bookWith(leased(leasedTo(fakeTask(1), ME)), changed(fakeTask(2)));
  const lease = leasedTo(fakeTask(1), ME, "newer").lease;
  if (!lease) throw new Error("no lease");
  book.renewed(fakeTask(1).name, lease);
  book.renewed(fakeTask(2).name, lease);
  expect(book.get(fakeTask(1).name)?.lease?.token).toBe("newer");
  expect(book.get(fakeTask(2).name)?.lease).toBeUndefined();
});

test("10,000 tasks are sorted once, and one more costs a pass over them instead of a sort of all", () => {
  const sort = Array.prototype.sort;
  let comparisons = 0;
  vi.spyOn(Array.prototype, "sort").mockImplementation(function (this: unknown[], compare = () => 0) {
    return sort.call(this, (one, other) => {
      comparisons += 1;
      return compare(one, other);
    });
  });
  const many = Array.from({ length: 10_000 }, (_, number) => changed(fakeTask(number)));
  const book = bookWith(...many, synced);
  expect(comparisons).toBe(0);
  expect(book.tasks().waiting).toHaveLength(10_000);
  const first = comparisons;
  book.tasks();
  expect(comparisons - first).toBeLessThan(10);
  book.apply(changed(fakeTask(10_001, { urgency: 30 })));
  expect(names(book.tasks().waiting)[0]).toBe(10_001);
  expect(comparisons - first).toBeLessThan(12_000);
});
