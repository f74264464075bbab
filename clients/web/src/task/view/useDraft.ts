import { useCallback, useEffect, useRef, useState } from "react";
import { isTyping } from "../../keys";
import type { Draft, Drafts, Elsewhere } from "../desk/drafts";
import { useDesk } from "../desk/useDesk";

const PAUSE_MS = 300;

export interface DraftOf {
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
  /** Keeps at once what was changed, so that nothing is kept later of what has been sent by then. */
  readonly keep: () => void;
  /** Whether it was begun on another payload. Of that the comment is left. */
  readonly isOutdated: boolean;
}

/**
 * The draft of one task, kept in the browser as it is written. `comment` is what was written a moment ago about what
 * the task was then.
 */
export function useDraft(task: string, payloadHash: string, comment = ""): DraftOf {
  const { drafts } = useDesk();
  const [begun] = useState(() => beginDraft(drafts, task, payloadHash, comment));
  const [draft, setDraft] = useState(begun.draft);
  const latest = useRef(draft);
  const unsaved = useRef(begun.isOutdated);

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
  useEffect(() => drafts.onlyOf(task, payloadHash), [drafts, task, payloadHash]);
  return { draft, change, keep: save, isOutdated: begun.isOutdated };
}

/** What to go on from. The comment outlives a change by the caller; what was opened and corrected does not. */
function beginDraft(drafts: Drafts, task: string, payloadHash: string, comment: string) {
  const draft = drafts.load(task, payloadHash);
  const outdated = drafts.outdated(task, payloadHash);
  const written = comment || outdated?.comment || "";
  const isOutdated = outdated !== undefined || comment !== "";
  return { draft: draft.comment === "" ? { ...draft, comment: written } : draft, isOutdated };
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
