import { useEffect, useRef, useState } from "react";

/**
 * The row that `j` and `k` move from: the open task, else the one last moved to. Where that one has left the list, it is
 * the one that took its place, so that nothing jumps.
 */
export function useCursor(names: readonly string[], open: string | null) {
  const [moved, setMoved] = useState<string | null>(null);
  const lastIndex = useRef(0);
  const wanted = open ?? moved;
  const found = wanted ? names.indexOf(wanted) : -1;
  useEffect(() => {
    if (found >= 0) lastIndex.current = found;
  }, [found]);
  const index = found >= 0 ? found : Math.min(lastIndex.current, names.length - 1);
  const has = found >= 0 || (wanted !== null && open === null);
  const cursor = has ? (names[index] ?? null) : null;

  /** The name `step` rows further, within the list; the first move goes to the first row. */
  const stepped = (step: number): string | null => {
    if (!names.length) return null;
    if (wanted === null) return names[0] ?? null;
    // What follows a row that is gone has moved to where it was.
    const from = found >= 0 ? index + step : index + (step > 0 ? step - 1 : step);
    return names[Math.min(names.length - 1, Math.max(0, from))] ?? null;
  };
  return { cursor, moveTo: setMoved, stepped };
}
