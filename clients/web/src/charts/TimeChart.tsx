import { type PointerEvent, useId, useState } from "react";

import { Axes } from "./Axes";
import { ChartTable, cell, momentWords } from "./ChartTable";
import classes from "./charts.module.css";
import { EndLabels } from "./EndLabels";
import { type Frame, frameFor } from "./frame";
import { SeriesMark } from "./SeriesMark";
import { highest, lastValue, moments, nearest, type Series } from "./series";
import { useWidth } from "./useWidth";

interface TimeChartProps {
  readonly title: string;
  /** What the chart shows, in one sentence; its text for those who do not see it. */
  readonly summary: string;
  readonly time: readonly [number, number];
  readonly all: readonly Series[];
  /** Round values from zero that cover `max`; the last is the axis' end. */
  readonly ticksTo: (max: number) => readonly number[];
  readonly format: (value: number) => string;
  /** How a tick is written, where `step` lies between two of them; by default as any value. */
  readonly formatTick?: (tick: number, step: number) => string;
  readonly height?: number;
}

/** Values over time: named at their lines' ends, read out under the pointer, and as a table. Nothing moves. */
export function TimeChart({
  title,
  summary,
  time,
  all,
  ticksTo,
  format,
  formatTick = (tick) => format(tick),
  height = 150,
}: TimeChartProps) {
  const id = useId();
  const [ref, width] = useWidth<HTMLDivElement>();
  const [at, setAt] = useState<number | undefined>();
  const ticks = ticksTo(highest(all));
  const label = (tick: number) => formatTick(tick, (ticks[1] ?? 0) - (ticks[0] ?? 0));
  const texts = all.map((series) => endText(series, all.length > 1, format));
  const frame = frameFor({
    width,
    height,
    time,
    end: ticks.at(-1) ?? 1,
    valueLabels: ticks.map(label),
    endLabels: texts,
  });
  const point = (event: PointerEvent<SVGSVGElement>) => setAt(nearest(moments(all), timeAt(event, frame, time)));
  const readout = at === undefined ? undefined : all.map((series) => `${series.name}: ${cell(series, at, format)}`);
  return (
    <figure className={classes.figure} aria-labelledby={id}>
      <figcaption className={classes.caption}>
        <span id={id} className={classes.title}>
          {title}
        </span>
        <span className={classes.summary}>
          {readout === undefined || at === undefined ? summary : `${momentWords(at)}: ${readout.join(" · ")}`}
        </span>
      </figcaption>
      <div ref={ref} className={classes.canvas}>
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`${title}. ${summary}`}
          onPointerMove={point}
          onPointerLeave={() => setAt(undefined)}
        >
          <Axes frame={frame} time={time} ticks={ticks} format={label} />
          {all.map((series) => (
            <SeriesMark key={series.name} frame={frame} series={series} />
          ))}
          <EndLabels frame={frame} all={all} texts={texts} />
          {at !== undefined && (
            <line className={classes.cursor} x1={frame.x(at)} x2={frame.x(at)} y1={frame.top} y2={frame.bottom} />
          )}
        </svg>
      </div>
      <ChartTable name={title} all={all} format={format} />
    </figure>
  );
}

/** What stands at a line's end; empty where there is no line. */
function endText(series: Series, isNamed: boolean, format: (value: number) => string): string {
  const last = lastValue(series)?.value;
  if (last === undefined || last === null) return "";
  return isNamed ? `${series.name}: ${format(last)}` : format(last);
}

function timeAt(event: PointerEvent<SVGSVGElement>, frame: Frame, [start, end]: readonly [number, number]): number {
  const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
  return start + ((x - frame.left) / (frame.right - frame.left)) * (end - start);
}
