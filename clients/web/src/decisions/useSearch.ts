import { useCallback, useEffect, useRef, useState } from "react";

import { type Refusal, refusalOf, useApi } from "../api";
import type { DecisionFilter } from "../gen/andon/v1/decision_service_pb";
import { serverClock } from "../live/clock";
import { toFilter } from "./filter";
import { parseQuery } from "./query";
import { type Progress, START, searchOn } from "./search";

/** A search as it stands. */
export interface Search {
  readonly progress: Progress;
  readonly searching: boolean;
  readonly refusal: Refusal | undefined;
  /** Searches on, further back. */
  readonly older: () => void;
  /** Searches anew, from now back. */
  readonly again: () => void;
}

/** Searches for what the address' parameters say, newest first, and anew when they change. */
export function useSearch(address: string): Search {
  const { decisions } = useApi();
  const [progress, setProgress] = useState(START);
  const [searching, setSearching] = useState(true);
  const [refusal, setRefusal] = useState<Refusal | undefined>();
  const [turn, setTurn] = useState(0);
  const filter = useRef<DecisionFilter | undefined>(undefined);
  const control = useRef(new AbortController());

  const search = useCallback(
    async (from: Progress, signal: AbortSignal) => {
      setSearching(true);
      setRefusal(undefined);
      const list = (pageToken: string, pageSize: number) =>
        decisions.listDecisions(
          { pageToken, pageSize, ...(filter.current ? { filter: filter.current } : {}) },
          { signal },
        );
      try {
        for await (const step of searchOn(list, from)) if (!signal.aborted) setProgress(step);
      } catch (error) {
        if (!signal.aborted) setRefusal(refusalOf(error));
      }
      if (!signal.aborted) setSearching(false);
    },
    [decisions],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: a turn searches the same anew
  useEffect(() => {
    control.current = new AbortController();
    filter.current = toFilter(parseQuery(new URLSearchParams(address)), serverClock.now());
    setProgress(START);
    void search(START, control.current.signal);
    return () => control.current.abort();
  }, [address, turn, search]);

  const older = useCallback(() => void search(progress, control.current.signal), [search, progress]);
  const again = useCallback(() => setTurn((before) => before + 1), []);
  return { progress, searching, refusal, older, again };
}
