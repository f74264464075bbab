import classes from "./charts.module.css";
import type { Frame } from "./frame";
import { bandPath, linePath, type Place, runs, stepPath } from "./path";
import type { Point, Series } from "./series";

interface SeriesMarkProps {
  readonly frame: Frame;
  readonly series: Series;
}

/** One line, its interval as a band behind it. What stands alone is a dot. */
export function SeriesMark({ frame, series: { points, shape, tone } }: SeriesMarkProps) {
  const draw = shape === "line" ? linePath : stepPath;
  const bounded = runs(points.map((point) => (point.low === undefined || point.high === undefined ? null : point)));
  const lines = runs(points.map((point) => placeOf(frame, point)));
  return (
    <g className={classes[tone]}>
      {bounded.map((run) => (
        <path key={run[0]?.time} className={classes.band} d={bandPath(run.map((point) => spanOf(frame, point)))} />
      ))}
      {lines.map((places) => (
        <g key={places[0]?.x}>
          {shape === "area" && <path className={classes.area} d={areaPath(places, frame)} />}
          <path className={classes.line} d={draw(places)} />
          {(shape === "line" || places.length === 1) &&
            places.map(({ x, y }) => (
              <circle key={x} className={classes.dot} cx={x} cy={y} r={places.length > 40 ? 0 : 2.5} />
            ))}
        </g>
      ))}
    </g>
  );
}

function placeOf(frame: Frame, { time, value }: Point): Place | null {
  return value === null ? null : { x: frame.x(time), y: frame.y(value) };
}

function spanOf(frame: Frame, { time, low = 0, high = 0 }: Point) {
  return { x: frame.x(time), top: frame.y(high), bottom: frame.y(low) };
}

function areaPath(places: readonly Place[], frame: Frame): string {
  const [first, last] = [places[0], places.at(-1)];
  return first && last ? `${stepPath(places)}V${frame.bottom}H${first.x}Z` : "";
}
