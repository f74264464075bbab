import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { usePresence } from "../app/presence";
import { useIsLeasing } from "../app/useIsLeasing";
import { useIsResting, useLive, useLiveStore } from "../live";
import { useMay, useSession } from "../session";
import { filterTasks, type InboxFilter } from "./filter";
import { namesOf, rowsOf } from "./rows";
import { keepSelected } from "./selection";

/** What the inbox shows, and its filter. */
export function useInbox() {
  const { mine, waiting, queues, synced, connection } = useLive();
  const [filter, setFilter] = useState<InboxFilter>({ queue: "", text: "" });
  const wanted = useDeferredValue(filter);
  const served = useServed(filter.queue);
  const words = useWords(wanted, synced, served);
  const rows = useMemo(() => {
    // What is mine is mine to judge, whichever queue is looked at.
    const shown = { mine: filterTasks(mine, { ...wanted, queue: "" }), waiting: filterTasks(waiting, wanted) };
    return rowsOf(shown, { mine, waiting }, words);
  }, [mine, waiting, wanted, words]);
  const names = useMemo(() => namesOf(rows), [rows]);
  useEffect(() => keepSelected(new Set(mine.map((task) => task.name))), [mine]);
  return { rows, names, mine, queues, synced, connection, filter, setFilter, served };
}

/** The queue that tasks are leased from alone, because it is the one looked at; empty for all of mine. */
function useServed(queue: string): string {
  const store = useLiveStore();
  const { queues } = useSession();
  const isTaking = useIsLeasing();
  const mayReview = useMay("ReviewService/Review");
  const isServed = isTaking && mayReview && (queues.includes("*") || queues.includes(queue));
  const served = isServed ? queue : "";
  useEffect(() => store.serve(served ? [served] : []), [store, served]);
  useEffect(() => () => store.serve([]), [store]);
  return served;
}

function useWords({ queue, text }: InboxFilter, synced: boolean, served: string) {
  const mayReview = useMay("ReviewService/Review");
  const { onBehalfOf: behalf } = useSession();
  const isLeasing = useIsLeasing();
  const { isAway } = usePresence();
  const isResting = useIsResting();
  const taking = isAway ? "away" : isLeasing && !isResting ? "yes" : "no";
  return useMemo(() => {
    const filtered = queue || text;
    return {
      noneMine: noneMine({ filtered: !!text, synced, mayReview, behalf, taking, served }),
      noneWaiting: filtered ? "Nothing that waits fits the filter." : synced ? "Nothing waits." : "Loading…",
    };
  }, [queue, text, synced, mayReview, behalf, taking, served]);
}

interface Standing {
  readonly filtered: boolean;
  readonly synced: boolean;
  readonly mayReview: boolean;
  /** Whom the person acts for, or empty. */
  readonly behalf: string;
  readonly taking: "yes" | "no" | "away";
  readonly served: string;
}

function noneMine({ filtered, synced, mayReview, behalf, taking, served }: Standing): string {
  if (behalf) return `You act for ${behalf}, so you may look, and judge nothing.`;
  if (!mayReview) return "You may look, and judge nothing: no task is leased to you.";
  if (filtered) return "None of yours fits the filter.";
  if (taking === "away") return "None: you are away. What waits can be looked at below.";
  if (taking === "no") return "None. What waits can be looked at below.";
  if (!synced) return "Loading…";
  return `All done. The next task ${served ? `of ${served} ` : ""}that fits you comes by itself.`;
}
