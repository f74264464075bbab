import { useEffect, useRef, useState } from "react";
import { useConnection } from "../../live";

export interface Read<T> {
  /** What was read last under this key; it stays while it is read anew. */
  readonly value: T | undefined;
  /** Why the last attempt failed. */
  readonly error: unknown;
  readonly again: () => void;
}

interface Kept<T> {
  readonly key: string;
  readonly value?: T;
  readonly error?: unknown;
}

/** Reads a part of a task; anew with another `version`, when asked, and once the connection is back after an outage. */
export function useRead<T>(key: string, version: string, read: (signal: AbortSignal) => Promise<T>): Read<T> {
  const [kept, setKept] = useState<Kept<T>>({ key });
  const [attempt, again] = useAttempts(kept.error !== undefined);
  const latest = useRef(read);
  useEffect(() => {
    latest.current = read;
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another version or attempt is read anew
  useEffect(() => {
    const stop = new AbortController();
    latest.current(stop.signal).then(
      (value) => stop.signal.aborted || setKept({ key, value }),
      (error: unknown) =>
        stop.signal.aborted || setKept((before) => ({ ...(before.key === key ? before : { key }), error })),
    );
    return () => stop.abort();
  }, [key, version, attempt]);
  const { value, error } = kept.key === key ? kept : {};
  return { value, error, again };
}

/** Counts attempts: one more when asked for, when the connection is back, and when it first stands after a failure. */
export function useAttempts(hasFailed: boolean): [number, () => void] {
  const isLive = useConnection().status === "live";
  const [attempt, setAttempt] = useState(0);
  const wasLive = useRef(false);
  const failed = useRef(hasFailed);
  useEffect(() => {
    failed.current = hasFailed;
  });
  const again = useRef(() => setAttempt((count) => count + 1)).current;
  useEffect(() => {
    if (!isLive) return;
    if (wasLive.current || failed.current) again();
    wasLive.current = true;
  }, [isLive, again]);
  return [attempt, again];
}
