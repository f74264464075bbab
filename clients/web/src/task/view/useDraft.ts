import { useCallback, useEffect, useRef, useState } from "react";
import { isTyping } from "../../keys";
import type { Draft, Drafts, Elsewhere } from "../desk/drafts";
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

  useElsewhere(drafts, { task, payloadHash }, () => {
    if (unsaved.current || isWriting()) return drafts.warn(task);
    latest.current = drafts.load(task, payloadHash);
    setDraft(latest.current);
  });
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

/** Whether somebody writes in this tab just now; the others' drafts must wait then. */
function isWriting(): boolean {
  return document.hasFocus() && isTyping(document.activeElement);
}

/** Tells when another tab saves the same draft. */
function useElsewhere(drafts: Drafts, { task, payloadHash }: Elsewhere, call: () => void): void {
  const latest = useRef(call);
  useEffect(() => {
    latest.current = call;
  });
  useEffect(
    () => drafts.on((other) => other.task === task && other.payloadHash === payloadHash && latest.current()),
    [drafts, task, payloadHash],
  );
}
