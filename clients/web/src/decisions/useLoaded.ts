import { useCallback, useEffect, useRef, useState } from "react";

import { type Refusal, refusalOf } from "../api";
import { serverClock } from "../live/clock";

/** What was loaded last, and why a later attempt failed. `at` is when it came by the server's clock, in milliseconds. */
export interface Loaded<T> {
  readonly data: T | undefined;
  readonly refusal: Refusal | undefined;
  readonly loading: boolean;
  readonly at: number | undefined;
  readonly reload: () => void;
}

interface Kept<T> {
  readonly key: string;
  readonly data?: T;
  readonly refusal?: Refusal;
  readonly at?: number;
}

/**
 * Loads anew whenever `key` changes, and every so many milliseconds as `every` says while the page is visible. What was loaded under the same key
 * stays while it is refreshed; an answer that comes too late is dropped.
 */
export function useLoaded<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  every?: (data: T | undefined) => number | undefined,
): Loaded<T> {
  const [kept, setKept] = useState<Kept<T>>({ key });
  const [turn, setTurn] = useState(0);
  const [loading, setLoading] = useState(true);
  const latest = useRef(load);
  useEffect(() => {
    latest.current = load;
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says when something else is loaded, the turn when again
  useEffect(() => {
    const control = new AbortController();
    setLoading(true);
    latest
      .current(control.signal)
      .then((data) => control.signal.aborted || setKept({ key, data, at: serverClock.now() }))
      .catch((error: unknown) => {
        const refusal = refusalOf(error);
        if (!control.signal.aborted) setKept((before) => ({ ...(before.key === key ? before : { key }), refusal }));
      })
      .finally(() => control.signal.aborted || setLoading(false));
    return () => control.abort();
  }, [key, turn]);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  const current = kept.key === key ? kept : undefined;
  useEvery(every?.(current?.data), reload);
  return { data: current?.data, refusal: current?.refusal, at: current?.at, loading, reload };
}

/** Runs every `ms` while the page is visible, and at once when it has become visible after a longer time. */
function useEvery(ms: number | undefined, run: () => void): void {
  useEffect(() => {
    if (ms === undefined) return;
    let last = Date.now();
    const step = () => {
      if (document.visibilityState !== "visible" || Date.now() - last < ms * 0.9) return;
      last = Date.now();
      run();
    };
    const timer = setInterval(step, ms);
    document.addEventListener("visibilitychange", step);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", step);
    };
  }, [ms, run]);
}
