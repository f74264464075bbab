import { ticksFromZero } from "../charts/scale";
import { TimeChart } from "../charts/TimeChart";
import { percent } from "../decisions/words";
import { formatNumber } from "../format";
import type { Window } from "./range";
import { rateSeries } from "./rateSeries";
import { type Group, isVague } from "./rates";

interface RateChartProps {
  readonly group: Group;
  readonly window: Window;
}

/** One group's rate over time; the band is where it may well lie, wide where few verdicts were given. */
export function RateChart({ group, window }: RateChartProps) {
  const { action, detail, total } = group;
  const sure = isVague(total)
    ? `too few verdicts to be sure (n = ${formatNumber(total.reviews)})`
    : `n = ${formatNumber(total.reviews)}`;
  return (
    <TimeChart
      title={detail === "" ? action : `${action}, ${detail}`}
      summary={`${percent(total.rate)} overridden, ${percent(total.lower)} to ${percent(total.upper)} likely; ${sure}`}
      time={[window.start, window.end]}
      all={[rateSeries(group)]}
      ticksTo={(max) => ticksFromZero(Math.min(1, Math.max(max, 0.1)), 4).filter((tick) => tick <= 1)}
      format={percent}
      height={220}
    />
  );
}
