import { type RefObject, useLayoutEffect, useRef } from "react";
import { offsetsOf, type Row } from "./rows";

interface Anchor {
  readonly key: string;
  readonly top: number;
}

/** Keeps what is looked at where it is when rows come or go above it: the row at the cursor, else the first in view. */
export function useAnchoredScroll(
  scroller: RefObject<HTMLElement | null>,
  rows: readonly Row[],
  cursor: string | null,
): void {
  const before = useRef<readonly Row[]>(rows);
  useLayoutEffect(() => {
    const element = scroller.current;
    const previous = before.current;
    before.current = rows;
    if (!element || previous === rows) return;
    const anchor = anchorOf(previous, cursor, element.scrollTop, element.clientHeight);
    if (!anchor) return;
    const index = rows.findIndex((row) => row.key === anchor.key);
    const top = offsetsOf(rows)[index];
    if (index >= 0 && top !== undefined && top !== anchor.top) element.scrollTop += top - anchor.top;
  }, [scroller, rows, cursor]);
}

/** What must stay where it is. At the very top nothing must, unless the cursor is in view. */
function anchorOf(rows: readonly Row[], cursor: string | null, scrollTop: number, height: number): Anchor | null {
  const offsets = offsetsOf(rows);
  const at = rows.findIndex((row) => row.kind === "task" && row.key === cursor);
  const top = offsets[at];
  if (top !== undefined && top >= scrollTop - 1 && top < scrollTop + height) return { key: rows[at]?.key ?? "", top };
  if (scrollTop <= 0) return null;
  const first = rows.findIndex((row, index) => row.kind === "task" && (offsets[index] ?? 0) >= scrollTop);
  const row = rows[first];
  return row ? { key: row.key, top: offsets[first] ?? 0 } : null;
}
