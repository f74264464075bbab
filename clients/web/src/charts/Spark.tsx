import classes from "./charts.module.css";
import type { Frame } from "./frame";
import { SeriesMark } from "./SeriesMark";
import { linear } from "./scale";
import type { Series } from "./series";

interface SparkProps {
  readonly series: Series;
  readonly time: readonly [number, number];
  readonly end: number;
  readonly width?: number;
  readonly height?: number;
}

/** A chart of a word's size, for a row of a table whose numbers stand beside it; so it is hidden from screen readers. */
export function Spark({ series, time, end, width = 150, height = 30 }: SparkProps) {
  const frame: Frame = {
    width,
    height,
    left: 4,
    right: width - 4,
    top: 3,
    bottom: height - 3,
    x: linear(time, [4, width - 4]),
    y: linear([0, end], [height - 3, 3]),
  };
  return (
    <svg className={classes.spark} width={width} height={height} aria-hidden="true">
      <line className={classes.grid} x1={0} x2={width} y1={frame.bottom} y2={frame.bottom} />
      <SeriesMark frame={frame} series={series} />
    </svg>
  );
}
