import classes from "./charts.module.css";
import type { Frame } from "./frame";
import { timeStep, timeTickLabel, timeTicks } from "./timeScale";

const TICK_WIDTH = 76;

interface AxesProps {
  readonly frame: Frame;
  readonly time: readonly [number, number];
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
}

/** The lines and labels that values are read by. */
export function Axes({ frame, time: [start, end], ticks, format }: AxesProps) {
  const count = Math.max(2, Math.floor((frame.right - frame.left) / TICK_WIDTH));
  const step = timeStep(start, end, count);
  return (
    <g>
      {ticks.map((tick) => (
        <g key={tick}>
          <line className={classes.grid} x1={frame.left} x2={frame.right} y1={frame.y(tick)} y2={frame.y(tick)} />
          <text className={classes.tick} x={frame.left - 6} y={frame.y(tick)} dy="0.32em" textAnchor="end">
            {format(tick)}
          </text>
        </g>
      ))}
      {timeTicks(start, end, count).map((tick) => (
        <g key={tick}>
          <line
            className={classes.stub}
            x1={frame.x(tick)}
            x2={frame.x(tick)}
            y1={frame.bottom}
            y2={frame.bottom + 4}
          />
          <text className={classes.tick} x={frame.x(tick)} y={frame.bottom + 16} textAnchor="middle">
            {timeTickLabel(tick, step)}
          </text>
        </g>
      ))}
    </g>
  );
}
