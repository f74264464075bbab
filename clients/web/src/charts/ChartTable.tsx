import classes from "./charts.module.css";
import { moments, type Series } from "./series";

interface ChartTableProps {
  readonly name: string;
  readonly all: readonly Series[];
  readonly format: (value: number) => string;
}

/** The numbers behind a chart: for screen readers, and for whoever wants them exactly. */
export function ChartTable({ name, all, format }: ChartTableProps) {
  return (
    <details className={classes.details}>
      <summary>
        Show as table<span className="sr-only">: {name}</span>
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section className={classes.tableBox} aria-label={`${name}: table`} tabIndex={0}>
        <table className={classes.numbers}>
          <thead>
            <tr>
              <th scope="col">Time</th>
              {all.map((series) => (
                <th key={series.name} scope="col">
                  {series.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {moments(all).map((time) => (
              <tr key={time}>
                <th scope="row" className={classes.when}>
                  {momentWords(time)}
                </th>
                {all.map((series) => (
                  <td key={series.name}>{cell(series, time, format)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}

/** A moment without its year, to the minute. */
export function momentWords(time: number): string {
  return new Date(time).toLocaleString(undefined, {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  });
}

/** A series' value at a moment in words, with its bounds and note; a dash where there is none. */
export function cell(series: Series, time: number, format: (value: number) => string): string {
  const point = series.points.find((candidate) => candidate.time === time);
  if (point === undefined || point.value === null) return "–";
  const bounds =
    point.low === undefined || point.high === undefined ? "" : ` (${format(point.low)} to ${format(point.high)})`;
  return `${format(point.value)}${bounds}${point.note === undefined ? "" : `, ${point.note}`}`;
}
