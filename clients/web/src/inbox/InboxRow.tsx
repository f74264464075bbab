import { memo } from "react";
import { formatNumber } from "../format";
import classes from "./InboxRow.module.css";
import type { Row } from "./rows";
import { TaskRow } from "./TaskRow";

interface Props {
  readonly row: Row;
  readonly index: number;
  readonly count: number;
  readonly top: number;
  readonly atCursor: boolean;
  readonly open: boolean;
  readonly onOpenAgain: () => void;
}

/** One line of the list, where it belongs. */
export const InboxRow = memo(function InboxRow({ row, index, count, top, atCursor, open, onOpenAgain }: Props) {
  return (
    <li
      className={classes.row}
      data-kind={row.kind}
      aria-posinset={index + 1}
      aria-setsize={count}
      style={{ transform: `translateY(${top}px)` }}
    >
      {row.kind === "heading" && (
        <h2 className={classes.heading}>
          {row.title}
          <span>
            {row.count === row.of ? formatNumber(row.count) : `${formatNumber(row.count)} of ${formatNumber(row.of)}`}
          </span>
        </h2>
      )}
      {row.kind === "note" && <p className={classes.note}>{row.text}</p>}
      {row.kind === "task" && (
        <TaskRow task={row.task} mine={row.mine} atCursor={atCursor} open={open} onOpenAgain={onOpenAgain} />
      )}
    </li>
  );
});
