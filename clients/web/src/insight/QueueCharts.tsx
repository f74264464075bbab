import { spanTickLabel, spanTicks, ticksFromZero } from "../charts/scale";
import type { Series } from "../charts/series";
import { TimeChart } from "../charts/TimeChart";
import { waitWords } from "../decisions/words";
import { formatNumber, formatSpan } from "../format";
import { openOverTime, type QueueStory } from "./queues";
import type { Window } from "./range";

interface QueueChartsProps {
  readonly queue: QueueStory;
  readonly window: Window;
}

/** One queue over time: how deep it was, and how long its tasks waited for a reviewer. */
export function QueueCharts({ queue, window }: QueueChartsProps) {
  const { name, series } = queue;
  const time = [window.start, window.end] as const;
  const depth: Series[] = [
    {
      name: "open",
      tone: "first",
      shape: "area",
      points: openOverTime(queue, window),
    },
  ];
  const waits: Series[] = [
    {
      name: "9 in 10",
      tone: "second",
      shape: "line",
      points: series.map(({ start, waitP90 }) => ({ time: start, value: waitP90 })),
    },
    {
      name: "median",
      tone: "first",
      shape: "line",
      points: series.map(({ start, waitP50 }) => ({ time: start, value: waitP50 })),
    },
  ];
  const sum = (key: "created" | "closed") => series.reduce((total, point) => total + point[key], 0);
  return (
    <>
      <TimeChart
        title={`${name}: open tasks`}
        summary={`${formatNumber(sum("created"))} came, ${formatNumber(sum("closed"))} ended`}
        time={time}
        all={depth}
        ticksTo={(max) => ticksFromZero(max, 3, true)}
        format={(count) => formatNumber(count)}
      />
      <TimeChart
        title={`${name}: wait for a reviewer`}
        summary={waitSummary(queue, window.end)}
        time={time}
        all={waits}
        ticksTo={(max) => spanTicks(Math.max(max, 1000), 3)}
        format={waitWords}
        formatTick={spanTickLabel}
      />
    </>
  );
}

function waitSummary({ series, now }: QueueStory, end: number): string {
  const known = series.flatMap(({ waitP50 }) => (waitP50 === null ? [] : [waitP50])).sort((a, b) => a - b);
  const middle = known[Math.floor(known.length / 2)];
  if (middle !== undefined) return `median wait ${waitWords(middle)}`;
  if (now === null || now.waiting === 0) return "nobody waited";
  const oldest = now.oldest === null ? "" : `; the oldest waits ${formatSpan(Math.max(0, end - now.oldest))}`;
  return `none handed out yet${oldest}`;
}
