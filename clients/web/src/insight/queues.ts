import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";

import type { Queue, QueuePoint } from "../gen/andon/v1/insight_service_pb";
import { groupBy } from "./groupBy";
import type { Window } from "./range";

/** A queue in one span; times in milliseconds, null where nobody waited. */
export interface QueueAt {
  readonly start: number;
  readonly created: number;
  readonly closed: number;
  readonly open: number;
  readonly waitP50: number | null;
  readonly waitP90: number | null;
}

/** A queue as it stands now, and as it stood. */
export interface QueueStory {
  readonly name: string;
  readonly now: QueueNow | null;
  readonly series: readonly QueueAt[];
}

/** A queue as it stands now; moments and spans in milliseconds. */
export interface QueueNow {
  readonly waiting: number;
  readonly leased: number;
  readonly oldest: number | null;
  readonly nextDeadline: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
}

/** Joins the present with the past; the fullest queue first, then by name. */
export function toQueues(queues: readonly Queue[], points: readonly QueuePoint[]): QueueStory[] {
  const present = new Map(queues.map((queue) => [queue.queue, toNow(queue)]));
  const past = groupBy(points, (point) => point.queue);
  return [...new Set([...present.keys(), ...past.keys()])]
    .map((name) => ({ name, now: present.get(name) ?? null, series: (past.get(name) ?? []).map(toQueueAt) }))
    .map((story) => ({ ...story, series: [...story.series].sort((a, b) => a.start - b.start) }))
    .sort((a, b) => (b.now?.waiting ?? 0) - (a.now?.waiting ?? 0) || a.name.localeCompare(b.name));
}

/** How many tasks were open at the end of each span; that of the last one is now. */
export function openOverTime({ series }: QueueStory, { interval, end }: Window): { time: number; value: number }[] {
  return series.map(({ start, open }) => ({ time: Math.min(start + interval, end), value: open }));
}

function toNow(queue: Queue): QueueNow {
  return {
    waiting: Number(queue.waiting),
    leased: Number(queue.leased),
    oldest: queue.oldestCreateTime === undefined ? null : timestampMs(queue.oldestCreateTime),
    nextDeadline: queue.nextExpireTime === undefined ? null : timestampMs(queue.nextExpireTime),
    p50: queue.p50 === undefined ? null : durationMs(queue.p50),
    p90: queue.p90 === undefined ? null : durationMs(queue.p90),
  };
}

function toQueueAt(point: QueuePoint): QueueAt {
  return {
    start: point.startTime === undefined ? 0 : timestampMs(point.startTime),
    created: Number(point.created),
    closed: Number(point.closed),
    open: Number(point.open),
    waitP50: point.waitP50 === undefined ? null : durationMs(point.waitP50),
    waitP90: point.waitP90 === undefined ? null : durationMs(point.waitP90),
  };
}
