import { timestampMs } from "@bufbuild/protobuf/wkt";
import { StreamEventType, type StreamResponse } from "../gen/andon/v1/review_service_pb";
import { type Lease, type Task, TaskState } from "../gen/andon/v1/task_pb";
import type { LiveEvent, QueueCount, Tasks } from "./state";

interface Entry {
  task: Task;
  mine: boolean;
  /** Whether the decision's body is the one of its payload hash. */
  whole: boolean;
  deadline: number;
  /** The opening of the stream at which it was last heard of. */
  opening: number;
}

/** Folds the stream's events into the tasks as they stand. Applying an event twice is harmless. */
export class TaskBook {
  readonly #me: string;
  readonly #entries = new Map<string, Entry>();
  readonly #names = new Set<string>();
  #opening = 0;
  #queues: ReadonlySet<string> = new Set();
  #sorted: Entry[] = [];
  #stale = true;

  constructor(me: string) {
    this.#me = me;
  }

  /** A stream of these queues begins, or of all. What it does not tell until it is synced is gone, but see `beside`. */
  opened(queues: readonly string[] = []): void {
    this.#opening += 1;
    this.#queues = new Set(queues);
  }

  /** Leased to me, and of a queue that the stream does not serve: it says nothing of them. */
  beside(): Task[] {
    return [...this.#entries.values()].filter((entry) => this.#isBeside(entry)).map((entry) => entry.task);
  }

  /** Applies one event; null where it is about no task. */
  apply({ type, task }: StreamResponse): LiveEvent | null {
    if (type === StreamEventType.SYNCED) this.#forgetUnheard();
    if (!task) return null;
    const before = this.#entries.get(task.name);
    const event = { type, task, wasMine: before?.mine ?? false, isNew: !before };
    if (type === StreamEventType.REMOVED) this.#remove(task.name);
    else if (type === StreamEventType.LEASED || type === StreamEventType.CHANGED) this.#put(task, before);
    return event;
  }

  /** One task, as it stands. */
  get(name: string): Task | undefined {
    return this.#entries.get(name)?.task;
  }

  /** Whether it is leased to me. */
  isMine(name: string): boolean {
    return this.#entries.get(name)?.mine ?? false;
  }

  /** Whether it is leased to me and all of it is here: what the caller has changed is told without its body. */
  isWhole(name: string): boolean {
    const entry = this.#entries.get(name);
    return !!entry?.mine && entry.whole;
  }

  /** Puts a lease that a call has answered in the place of the older one. */
  renewed(name: string, lease: Lease): void {
    this.#patch(name, { lease });
  }

  /** A call has answered with another deadline of a task of mine. */
  extended(name: string, { expireTime, extensions, extension }: Task): void {
    this.#patch(name, { expireTime, extensions, extension });
    const entry = this.#entries.get(name);
    if (entry) this.#entries.set(name, { ...entry, deadline: deadlineOf(entry.task) });
  }

  /** A task of mine, read anew and whole. What is read of an older lease counts for nothing. */
  read(task: Task): void {
    const entry = this.#entries.get(task.name);
    if (entry?.mine && entry.task.lease?.token === task.lease?.token) this.#put(task, undefined, true);
  }

  /** Forgets a task that is known to be nobody's business any more. */
  drop(name: string): void {
    this.#remove(name);
  }

  /** All of it, sorted. */
  tasks(): Tasks {
    const entries = [...this.#entries.values()];
    return {
      mine: entries.filter((entry) => entry.mine).map((entry) => entry.task),
      waiting: this.#waiting().map((entry) => entry.task),
      queues: counts(entries, this.#names),
    };
  }

  #put(task: Task, before: Entry | undefined, isRead = false): void {
    const mine = task.lease?.holder === this.#me && !!task.lease.token && task.state === TaskState.LEASED;
    const kept = mine && before?.mine ? withBody(task, before.task) : task;
    const whole = isRead || !before?.mine || hasBody(task) || (before.whole && isSamePayload(task, before.task));
    // A lease that comes anew goes to the end of my list; one that changes keeps its place.
    if (mine && !before?.mine && !isRead) this.#entries.delete(task.name);
    this.#entries.set(task.name, { task: kept, mine, whole, deadline: deadlineOf(task), opening: this.#opening });
    this.#names.add(task.queue);
    this.#stale = true;
  }

  #patch(name: string, part: Partial<Task>): void {
    const entry = this.#entries.get(name);
    if (entry?.mine) this.#entries.set(name, { ...entry, task: { ...entry.task, ...part } });
  }

  #remove(name: string): void {
    this.#stale = this.#entries.delete(name) || this.#stale;
  }

  #forgetUnheard(): void {
    for (const [name, entry] of this.#entries) {
      if (entry.opening !== this.#opening && !this.#isBeside(entry)) this.#remove(name);
    }
  }

  /** Whether it is leased to me, and of a queue that the stream does not serve. */
  isBeside(name: string): boolean {
    const entry = this.#entries.get(name);
    return !!entry && this.#isBeside(entry);
  }

  #isBeside({ mine, task }: Entry): boolean {
    return mine && this.#queues.size > 0 && !this.#queues.has(task.queue);
  }

  /** Sorting what is nearly sorted already is quick, so the last order is kept and joined with what is new. */
  #waiting(): Entry[] {
    if (!this.#stale) return this.#sorted;
    const known = new Set<string>();
    const kept: Entry[] = [];
    for (const { task } of this.#sorted) {
      const entry = this.#entries.get(task.name);
      if (entry?.task.state !== TaskState.WAITING) continue;
      kept.push(entry);
      known.add(task.name);
    }
    for (const [name, entry] of this.#entries) {
      if (entry.task.state === TaskState.WAITING && !known.has(name)) kept.push(entry);
    }
    this.#sorted = kept.sort(bySoonest);
    this.#stale = false;
    return this.#sorted;
  }
}

/** The server's order: urgency, then deadline, then age. */
function bySoonest(one: Entry, other: Entry): number {
  return (
    other.task.urgency - one.task.urgency ||
    compare(one.deadline, other.deadline) ||
    compare(one.task.name, other.task.name)
  );
}

function compare<T extends number | string>(one: T, other: T): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function deadlineOf({ expireTime }: Task): number {
  return expireTime ? timestampMs(expireTime) : Number.POSITIVE_INFINITY;
}

function hasBody({ decision }: Task): boolean {
  return decision?.prediction !== undefined;
}

function isSamePayload(task: Task, before: Task): boolean {
  return task.decision?.payloadHash === before.decision?.payloadHash;
}

/** A watcher's event leaves out the decision's body: the one that came whole stays, as long as the payload is the same. */
function withBody(task: Task, before: Task): Task {
  const decision = task.decision;
  if (!decision || hasBody(task) || !before.decision || !isSamePayload(task, before)) return task;
  const { input, prediction, reasoning } = before.decision;
  return { ...task, decision: { ...decision, input, prediction, reasoning } };
}

/** Queues stay named once they have been seen: the emptied ones, and those that the stream does not serve just now. */
function counts(entries: readonly Entry[], names: ReadonlySet<string>): QueueCount[] {
  const queues = new Map([...names].map((queue) => [queue, { queue, waiting: 0, leased: 0 }]));
  for (const { task } of entries) {
    const count = queues.get(task.queue);
    if (!count) continue;
    if (task.state === TaskState.WAITING) count.waiting += 1;
    else count.leased += 1;
  }
  return [...queues.values()].sort((one, other) => one.queue.localeCompare(other.queue));
}
