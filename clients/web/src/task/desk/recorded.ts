import { useEffect, useState } from "react";
import { useDesk } from "./useDesk";
import type { Deed, PendingVerdict } from "./verdict";

/** How long it is told that a verdict is recorded, in milliseconds. */
const TOLD_MS = 6_000;

const NAMES: Readonly<Partial<Record<Deed, string>>> = {
  approve: "approval",
  reject: "rejection",
  correct: "correction",
};

/** A verdict that is recorded and does not end the decision. */
export function recordedWords(deed: Deed): string {
  return `Your ${NAMES[deed] ?? "verdict"} is recorded; waiting for others.`;
}

/** The verdicts that were recorded a moment ago and did not end their decisions. */
export function useRecorded(): readonly PendingVerdict[] {
  const { outbox } = useDesk();
  const [recorded, setRecorded] = useState<readonly PendingVerdict[]>([]);
  useEffect(() => {
    const timers = new Set<ReturnType<typeof setTimeout>>();
    const end = outbox.on((event) => {
      if (event.kind !== "done" || !event.isOpen) return;
      setRecorded((before) => [...before, event.verdict]);
      const forget = () => setRecorded((before) => before.filter((one) => one.id !== event.verdict.id));
      timers.add(setTimeout(forget, TOLD_MS));
    });
    return () => {
      end();
      for (const timer of timers) clearTimeout(timer);
    };
  }, [outbox]);
  return recorded;
}
