import { IntervalMark } from "../charts/IntervalMark";
import { Spark } from "../charts/Spark";
import { percent } from "../decisions/words";
import { formatNumber } from "../format";
import classes from "./insight.module.css";
import type { Window } from "./range";
import { rateSeries } from "./rateSeries";
import { axisEnd, type Group, isVague, type Share } from "./rates";

interface RateTableProps {
  readonly groups: readonly Group[];
  readonly window: Window;
  readonly chosen: string;
  readonly onChoose: (key: string) => void;
}

/** Every group's rate with its interval, on one axis, and its course; the chosen one is drawn large beside it. */
export function RateTable({ groups, window, chosen, onChoose }: RateTableProps) {
  const end = axisEnd(groups);
  return (
    <table className={classes.table} aria-label="Override rates">
      <thead>
        <tr>
          <th scope="col">Counted for</th>
          <th scope="col">Overridden</th>
          <th scope="col">
            95 % interval <span className={classes.sub}>(0 to {percent(end)})</span>
          </th>
          <th scope="col" className={classes.sparkCell}>
            Over time
          </th>
        </tr>
      </thead>
      <tbody>
        {groups.map((group) => (
          <tr key={group.key} data-chosen={group.key === chosen || undefined}>
            <th scope="row">
              <button
                type="button"
                className={classes.choose}
                aria-pressed={group.key === chosen}
                onClick={() => onChoose(group.key)}
              >
                {group.action}
                {group.detail !== "" && <span className={classes.detail}>{group.detail}</span>}
              </button>
            </th>
            <td data-name="Overridden">
              <strong className={classes.large}>{percent(group.total.rate)}</strong>
              <span className={classes.sub}>{countWords(group.total)}</span>
            </td>
            <td data-name="95 % interval">
              <IntervalMark
                value={group.total.rate}
                low={group.total.lower}
                high={group.total.upper}
                end={end}
                vague={isVague(group.total)}
              />
              <span className={classes.sub}>
                {percent(group.total.lower)} to {percent(group.total.upper)}
              </span>
            </td>
            <td className={classes.sparkCell}>
              <Spark series={rateSeries(group)} time={[window.start, window.end]} end={1} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function countWords({ overrides, reviews, rejections, corrections }: Share): string {
  const parts = [
    rejections > 0 ? `${formatNumber(rejections)} rejected` : "",
    corrections > 0 ? `${formatNumber(corrections)} corrected` : "",
  ].filter(Boolean);
  return `n = ${formatNumber(reviews)}${overrides > 0 ? `: ${parts.join(", ")}` : ""}`;
}
