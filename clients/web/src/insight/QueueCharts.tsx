import { spanTickLabel, spanTicks, ticksFromZero } from "../charts/scale";
import type { Series } from "../charts/series";
import { TimeChart } from "../charts/TimeChart";
import { spanWords } from "../decisions/words";
import { formatNumber } from "../format";
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
        summary={waitSummary(series.map(({ waitP50 }) => waitP50))}
        time={time}
        all={waits}
        ticksTo={(max) => spanTicks(Math.max(max, 1000), 3)}
        format={spanWords}
        formatTick={spanTickLabel}
      />
    </>
  );
}

function waitSummary(waits: readonly (number | null)[]): string {
  const known = waits.filter((wait) => wait !== null).sort((a, b) => a - b);
  const middle = known[Math.floor(known.length / 2)];
  return middle === undefined ? "nobody waited" : `median wait ${spanWords(middle)}`;
}
