import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import classes from "./InboxList.module.css";
import { InboxRow } from "./InboxRow";
import { ROW_HEIGHT, type Row } from "./rows";
import { useAnchoredScroll } from "./useAnchoredScroll";

interface Props {
  readonly rows: readonly Row[];
  readonly cursor: string | null;
  readonly open: string | null;
  readonly onOpenAgain: () => void;
  readonly settled: boolean;
}

/** The list. Only what is in view is in the document, so that it stays quick however long it is. */
export function InboxList({ rows, cursor, open, onOpenAgain, settled }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const cursorIndex = useMemo(() => rows.findIndex((row) => row.key === cursor), [rows, cursor]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => ROW_HEIGHT[rows[index]?.kind ?? "task"],
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 8,
    scrollPaddingStart: ROW_HEIGHT.heading,
  });
  const { measure } = virtual;
  // Heights follow from the rows alone; the library keeps those it has seen by key, and a key may change its place.
  // biome-ignore lint/correctness/useExhaustiveDependencies: other rows have other heights
  useEffect(() => measure(), [rows, measure]);
  useAnchoredScroll(scroller, rows, cursor);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a move scrolls; arrivals leave the view where it is
  useEffect(() => {
    if (cursorIndex >= 0) virtual.scrollToIndex(cursorIndex, { align: "auto" });
  }, [cursor]);
  return (
    <div ref={scroller} className={classes.scroller} aria-busy={!settled} data-testid="inbox-list">
      <ul className={classes.rows} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          return (
            <InboxRow
              key={item.key}
              row={row}
              index={item.index}
              count={rows.length}
              top={item.start}
              atCursor={row.key === cursor}
              open={row.key === open}
              onOpenAgain={onOpenAgain}
            />
          );
        })}
      </ul>
    </div>
  );
}
