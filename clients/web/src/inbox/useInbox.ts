import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { useSettings } from "../app/settings";
import { useLive } from "../live";
import { useMay } from "../session";
import { filterTasks, type InboxFilter } from "./filter";
import { namesOf, rowsOf } from "./rows";
import { keepSelected } from "./selection";

/** What the inbox shows, and its filter. */
export function useInbox() {
  const { mine, waiting, queues, synced, connection } = useLive();
  const [filter, setFilter] = useState<InboxFilter>({ queue: "", text: "" });
  const wanted = useDeferredValue(filter);
  const words = useWords(wanted, synced);
  const rows = useMemo(() => {
    const shown = { mine: filterTasks(mine, wanted), waiting: filterTasks(waiting, wanted) };
    return rowsOf(shown, { mine, waiting }, words);
  }, [mine, waiting, wanted, words]);
  const names = useMemo(() => namesOf(rows), [rows]);
  useEffect(() => keepSelected(new Set(mine.map((task) => task.name))), [mine]);
  return { rows, names, mine, queues, synced, connection, filter, setFilter };
}

function useWords({ queue, text }: InboxFilter, synced: boolean) {
  const mayReview = useMay("ReviewService/Review");
  const { takesTasks } = useSettings();
  return useMemo(() => {
    const filtered = queue || text;
    return {
      noneMine: noneMine(!!filtered, synced, mayReview, takesTasks),
      noneWaiting: filtered ? "Nothing that waits fits the filter." : synced ? "Nothing waits." : "Loading…",
    };
  }, [queue, text, synced, mayReview, takesTasks]);
}

function noneMine(filtered: boolean, synced: boolean, mayReview: boolean, takesTasks: boolean): string {
  if (!mayReview) return "You may look, and judge nothing: no task is leased to you.";
  if (filtered) return "None of yours fits the filter.";
  if (!takesTasks) return "Paused: nothing is leased to you. Turn on “Take tasks” in the settings to go on.";
  return synced ? "All done. The next task that fits you comes by itself." : "Loading…";
}
