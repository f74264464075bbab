import classes from "./charts.module.css";
import { linear } from "./scale";

interface IntervalMarkProps {
  /** All shares of 1. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly end: number;
  /** Little is known: the interval is drawn hollow. */
  readonly vague: boolean;
}

const WIDTH = 200;
const HEIGHT = 22;
const MIDDLE = HEIGHT / 2;

/** A rate as a dot on the bar of its interval, on an axis that all rows share. Numbers stand beside it. */
export function IntervalMark({ value, low, high, end, vague }: IntervalMarkProps) {
  const x = linear([0, end], [5, WIDTH - 5]);
  const [from, to] = [x(Math.min(low, end)), x(Math.min(high, end))];
  return (
    <svg className={classes.interval} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <line className={classes.grid} x1={5} x2={WIDTH - 5} y1={MIDDLE} y2={MIDDLE} />
      <line className={classes.stub} x1={5} x2={5} y1={4} y2={HEIGHT - 4} />
      <g className={classes.first}>
        <rect
          className={vague ? classes.hollow : classes.bar}
          x={from}
          width={Math.max(2, to - from)}
          y={6}
          height={10}
          rx={2}
        />
        <circle className={classes.dot} cx={x(Math.min(value, end))} cy={MIDDLE} r={4} />
      </g>
    </svg>
  );
}
