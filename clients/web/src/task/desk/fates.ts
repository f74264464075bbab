// What became of a task that was leased to me and is not any more.
import { Outcome } from "../../gen/andon/v1/decision_pb";
import type { Task } from "../../gen/andon/v1/task_pb";
import { TaskState } from "../../gen/andon/v1/task_pb";
import type { LiveEvent } from "../../live";

/** What is remembered of a lease while it is held. */
export interface Before {
  readonly queue: string;
  readonly escalations: number;
  /** When the lease lapses by this browser's clock, in milliseconds since the epoch. */
  readonly lapsesAt: number;
}

/** What happened to a task, as the end of a sentence, and whether that was its end. */
export interface Fate {
  readonly words: string;
  readonly isEnd: boolean;
}

type Told = Pick<LiveEvent, "task" | "wasMine">;

/** Tells, of a task that went without this page's doing, what happened to it; undefined where it is still mine. */
export function fateOf({ task, wasMine }: Told, before: Before | undefined, now: number): Fate | undefined {
  if (!wasMine || task.lease?.token) return undefined;
  const end = ended(task);
  return { words: end ?? passed(task, before, now), isEnd: end !== undefined };
}

/** How a task has ended, as a sentence; `me` is whoever reads it. */
export function endedWords(task: Task, me: string): string {
  const by = judgeOf(task);
  if (task.state === TaskState.REVIEWED && by === "") return "This task has been judged.";
  if (task.state === TaskState.REVIEWED) return `${by === me ? "You have" : `${by} has`} judged this task.`;
  if (task.state === TaskState.EXPIRED) return "The deadline has passed. Nobody judged this task in time.";
  return isWithdrawn(task)
    ? "The submitter has cancelled this decision."
    : "No verdict on this task is needed any more.";
}

function ended(task: Task): string | undefined {
  const by = judgeOf(task);
  if (task.state === TaskState.REVIEWED) return by ? `${by} has judged it.` : "it has been judged.";
  if (task.state === TaskState.CANCELLED)
    return isWithdrawn(task) ? "the submitter has cancelled the decision." : "no verdict on it is needed any more.";
  if (task.state === TaskState.EXPIRED) return "its deadline has passed.";
  return undefined;
}

/** Who has judged it; empty where that is not known: one of several, or an appeal, did not end the decision alone. */
function judgeOf({ decision, quorum, level }: Task): string {
  return quorum || level > 0 ? "" : (decision?.resolution?.resolvedBy ?? "");
}

/** A task ends as cancelled, too, where the verdicts of others were enough. */
function isWithdrawn({ decision, quorum, level }: Task): boolean {
  const outcome = decision?.resolution?.outcome;
  return outcome === undefined ? !quorum && level === 0 : outcome === Outcome.CANCELLED;
}

// A lease may lapse a little before this browser's clock says so.
const TOLERANCE_MS = 2_000;

function passed(task: Task, before: Before | undefined, now: number): string {
  const queue = before && task.queue !== before.queue ? ` to ${task.queue}` : "";
  if (queue || (before && task.escalations > before.escalations)) return `it has been escalated${queue}.`;
  if (task.lease?.holder) return `${task.lease.holder} holds it.`;
  const hasLapsed = before === undefined || before.lapsesAt - TOLERANCE_MS <= now;
  return hasLapsed ? "its lease has lapsed." : "it was given back elsewhere, and waits in its queue again.";
}

/** The fates of the tasks that were lost since the page was loaded. */
export class Fates {
  private readonly before = new Map<string, Before>();
  private readonly fates = new Map<string, Fate>();

  /** The task is mine, and stands like this. */
  hold(task: string, before: Before): void {
    this.before.set(task, before);
    this.fates.delete(task);
  }

  /** The stream tells something. */
  heard(event: LiveEvent, now: number): void {
    const fate = fateOf(event, this.before.get(event.task.name), now);
    if (fate) this.fates.set(event.task.name, fate);
  }

  of(task: string): Fate | undefined {
    return this.fates.get(task);
  }
}
