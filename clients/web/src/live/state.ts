import type { StreamEventType } from "../gen/andon/v1/review_service_pb";
import type { Task } from "../gen/andon/v1/task_pb";
import type { Connection } from "./connection";

/** Open tasks of one queue. */
export interface QueueCount {
  readonly queue: string;
  readonly waiting: number;
  readonly leased: number;
}

/** The tasks as they stand. */
export interface Tasks {
  /** Leased to me, in the order they came; whole. */
  readonly mine: readonly Task[];
  /** Held by nobody, most urgent first; without input, prediction and reasoning. */
  readonly waiting: readonly Task[];
  readonly queues: readonly QueueCount[];
}

/** What the stream has told so far. */
export interface LiveState extends Tasks {
  readonly connection: Connection;
  /** Whether all that stood when the stream was first opened has been heard. */
  readonly synced: boolean;
  /** Whether nobody is there, so that tasks are only watched and none is leased. */
  readonly resting: boolean;
}

/** One change, as it came. */
export interface LiveEvent {
  readonly type: StreamEventType;
  readonly task: Task;
  /** Whether the task was leased to me before. */
  readonly wasMine: boolean;
  /** Whether it was not known before. */
  readonly isNew: boolean;
}
