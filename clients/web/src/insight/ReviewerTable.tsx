import { Shares } from "../charts/Shares";
import { Spark } from "../charts/Spark";
import { percent, spanWords } from "../decisions/words";
import { formatNumber } from "../format";
import classes from "./insight.module.css";
import type { Window } from "./range";
import { everySpan, type Reviewer } from "./reviewers";

interface ReviewerTableProps {
  readonly reviewers: readonly Reviewer[];
  readonly window: Window;
}

/** Reviewers with their verdicts: how many, of what kind, how long they looked. */
export function ReviewerTable({ reviewers, window }: ReviewerTableProps) {
  const most = Math.max(1, ...reviewers.flatMap(({ series }) => series.map(({ reviews }) => reviews)));
  return (
    <table className={classes.table} aria-label="Reviewers">
      <thead>
        <tr>
          <th scope="col">Reviewer</th>
          <th scope="col">Verdicts</th>
          <th scope="col">Approved, rejected, corrected</th>
          <th scope="col">Overrides</th>
          <th scope="col">Time in view</th>
          <th scope="col" className={classes.sparkCell}>
            Verdicts over time
          </th>
        </tr>
      </thead>
      <tbody>
        {reviewers.map((reviewer) => (
          <ReviewerRow key={reviewer.name} reviewer={reviewer} window={window} most={most} />
        ))}
      </tbody>
    </table>
  );
}

interface ReviewerRowProps {
  readonly reviewer: Reviewer;
  readonly window: Window;
  readonly most: number;
}

function ReviewerRow({ reviewer, window, most }: ReviewerRowProps) {
  const { name, reviews, approvals, rejections, corrections, overrides, viewTime, series } = reviewer;
  const points = everySpan(series, window).map((point) => ({ time: point.start, value: point.reviews }));
  return (
    <tr>
      <th scope="row">{name}</th>
      <td data-name="Verdicts" className={classes.large}>
        {formatNumber(reviews)}
      </td>
      <td data-name="Approved, rejected, corrected" className={classes.shares}>
        <Shares
          parts={[
            { name: "approved", count: approvals, tone: "third" },
            { name: "rejected", count: rejections, tone: "second" },
            { name: "corrected", count: corrections, tone: "fourth" },
          ]}
        />
        <span className={classes.sub}>{kinds(reviewer)}</span>
      </td>
      <td data-name="Overrides">{percent(reviews === 0 ? 0 : overrides / reviews)}</td>
      <td data-name="Time in view">{viewTime === null ? "not told" : `${spanWords(viewTime)} (median)`}</td>
      <td className={classes.sparkCell}>
        <Spark series={{ name, tone: "first", shape: "area", points }} time={[window.start, window.end]} end={most} />
      </td>
    </tr>
  );
}

function kinds({ approvals, rejections, corrections }: Reviewer): string {
  return `${formatNumber(approvals)} approved, ${formatNumber(rejections)} rejected, ${formatNumber(corrections)} corrected`;
}
