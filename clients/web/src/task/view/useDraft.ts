import { useCallback, useEffect, useRef, useState } from "react";
import type { Draft } from "../desk/drafts";
import { useDesk } from "../desk/useDesk";

const PAUSE_MS = 300;

/** The draft of one task, kept in the browser as it is written. */
export function useDraft(task: string, payloadHash: string): [Draft, (change: Partial<Draft>) => void] {
  const { drafts } = useDesk();
  const [draft, setDraft] = useState(() => drafts.load(task, payloadHash));
  const latest = useRef(draft);
  const unsaved = useRef(false);

  const save = useCallback(() => {
    if (unsaved.current) drafts.save(task, payloadHash, latest.current);
    unsaved.current = false;
  }, [drafts, task, payloadHash]);
  const change = useCallback((part: Partial<Draft>) => {
    latest.current = { ...latest.current, ...part };
    unsaved.current = true;
    setDraft(latest.current);
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each change is saved after a pause
  useEffect(() => {
    const timer = setTimeout(save, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [draft, save]);
  useEffect(() => {
    window.addEventListener("pagehide", save);
    document.addEventListener("visibilitychange", save);
    return () => {
      window.removeEventListener("pagehide", save);
      document.removeEventListener("visibilitychange", save);
      save();
    };
  }, [save]);
  return [draft, change];
}
