import { useEffect, useRef, useState } from "react";
import { useSettings } from "../../app/settings";
import type { Task } from "../../gen/andon/v1/task_pb";
import { useLiveStore } from "../../live";
import type { Draft } from "../desk/drafts";
import type { Refused } from "../desk/refusals";
import { settling } from "../desk/settle";
import { useDesk, useElsewhere, usePending } from "../desk/useDesk";
import { type Deed, newRequestId, type VerdictCall, type VerdictWord } from "../desk/verdict";
import { type Cover, keyOf } from "../model/cover";
import type { JsonObject } from "../model/json";
import { isShare } from "../model/quorum";
import { effectOf } from "../model/reasons";
import type { ShownEvidence } from "../model/shown";
import { type Gate, gate } from "./gate";
import { goOn } from "./next";

export interface JudgingParts {
  readonly task: Task;
  readonly isMine: boolean;
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
  readonly keep: () => void;
  readonly unopened: readonly Cover[];
  readonly shown: () => ShownEvidence;
  /** Whether it has still to be read again, because the caller has changed it. */
  readonly isUnread: boolean;
  readonly focusComment: () => void;
  readonly focusCover: (key: string) => void;
}

export interface Judging {
  /** What waits for the comment to be written. */
  readonly wanted: VerdictWord | "escalate" | undefined;
  /** Why nothing was sent, in words; empty where all is well. */
  readonly problem: string;
  readonly isUnchangedAsked: boolean;
  /** What the server refused of the last verdict on this task. */
  readonly refusal: Refused | undefined;
  /** What was decided here and is on its way. */
  readonly given: Deed | undefined;
  /** Whether a verdict can be given at all. */
  readonly isOff: boolean;
  readonly give: (verdict: VerdictWord) => void;
  readonly escalate: () => void;
  readonly release: () => void;
  /** Opens the field that a verdict needs, and decides nothing. */
  readonly begin: (deed: "reject" | "correct" | "escalate") => void;
  /** Goes on with what waited for the comment, or sends the correction. */
  readonly confirm: () => void;
  readonly edit: (correction: JsonObject | undefined) => void;
  /** Whether the correction may not be sent as it stands. */
  readonly check: (isFaulty: boolean) => void;
  readonly discard: () => void;
  readonly leave: () => void;
  /** Takes the refusal off the page. */
  readonly dismiss: () => void;
  readonly clear: () => void;
}

/** A verdict on one task, from the reviewer's word to the outbox. Nothing typed is lost on the way. */
export function useJudging(parts: JudgingParts): Judging {
  const { task, isMine, draft, change } = parts;
  const desk = useDesk();
  const live = useLiveStore();
  const { undoSeconds } = useSettings();
  const pending = usePending().find((one) => one.task === task.name);
  const [wanted, setWanted] = useState<Judging["wanted"]>();
  const [problem, setProblem] = useState("");
  const [isOpening, setOpening] = useState(false);
  const [isUnchangedAsked, setUnchangedAsked] = useState(false);
  const isFaulty = useRef(false);
  const isGiven = pending !== undefined && pending.state !== "refused";
  const isGivenElsewhere = useElsewhere(task.name) !== undefined;
  const isOff = !isMine || isGiven || isGivenElsewhere || parts.isUnread;

  const clear = () => {
    setWanted(undefined);
    setProblem("");
    setOpening(false);
    setUnchangedAsked(false);
  };
  const leave = () => goOn(live, desk.outbox, task.name);
  useLeaveWhenDone(task.name, leave);

  const send = (verdict: Deed) => {
    const leaseToken = live.task(task.name)?.lease?.token ?? task.lease?.token ?? "";
    parts.keep();
    desk.outbox.add(callOf(parts, verdict, leaseToken), undoSeconds * 1000);
    clear();
    // What is struck from here on is meant for the next task, and must not go into this one's comment.
    settling.gone();
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    leave();
  };
  const edit = () => {
    if (draft.correction) return;
    settling.expectField(performance.now());
    change({ correction: structuredClone(task.decision?.prediction ?? {}) });
  };
  const hold: Record<Exclude<Gate["kind"], "send">, (verdict: VerdictWord, found: Gate) => void> = {
    open: (_, found) => {
      const [first] = found.kind === "open" ? found.covers : [];
      setOpening(true);
      if (first) parts.focusCover(keyOf(first));
    },
    comment: (verdict) => {
      setWanted(verdict);
      setProblem(`The policy asks for a comment to ${verdict}.`);
      parts.focusComment();
    },
    edit: () => edit(),
    faults: () => setProblem("The correction is not complete yet."),
    unchanged: () => setUnchangedAsked(true),
  };
  const give = (verdict: VerdictWord) => {
    if (isOff) return;
    clear();
    const { comment, correction } = draft;
    const found = gate({ task, verdict, comment, correction, isFaulty: isFaulty.current, unopened: parts.unopened });
    if (found.kind === "send") send(verdict);
    else hold[found.kind](verdict, found);
  };

  const release = () => {
    if (!isOff) send("release");
  };
  const begin: Judging["begin"] = (deed) => {
    if (isOff) return;
    clear();
    if (deed === "correct") return edit();
    setWanted(deed);
    parts.focusComment();
  };
  const escalate = () => {
    if (isOff) return;
    if (wanted === "escalate") send("escalate");
    else begin("escalate");
  };

  return {
    wanted,
    problem: isOpening ? openWords(parts.unopened.length) : problem,
    isUnchangedAsked,
    refusal: pending?.state === "refused" ? pending.refusal : undefined,
    given: isGiven ? pending?.verdict : undefined,
    isOff,
    give,
    escalate,
    release,
    begin,
    confirm: () => {
      if (wanted === "escalate") escalate();
      else if (wanted) give(wanted);
      else if (draft.correction) give("correct");
    },
    edit: (correction) => {
      setUnchangedAsked(false);
      if (correction) change({ correction });
    },
    check: (faulty) => {
      isFaulty.current = faulty;
    },
    discard: () => {
      isFaulty.current = false;
      clear();
      const { correction: _, ...rest } = draft;
      change({ ...rest, correction: undefined });
    },
    leave,
    dismiss: () => pending && desk.outbox.dismiss(pending.id),
    clear,
  };
}

/** Who is still here when the verdict has arrived goes on as well. */
function useLeaveWhenDone(task: string, leave: () => void): void {
  const { outbox } = useDesk();
  const latest = useRef(leave);
  useEffect(() => {
    latest.current = leave;
  });
  useEffect(
    () => outbox.on(({ kind, verdict }) => kind === "done" && verdict.task === task && latest.current()),
    [outbox, task],
  );
}

function callOf({ task, draft, shown }: JudgingParts, verdict: Deed, leaseToken: string): VerdictCall {
  const { decision, presentation } = task;
  if (!decision) throw new Error("a task without its decision");
  return {
    id: newRequestId(),
    task: task.name,
    payloadHash: decision.payloadHash,
    leaseToken,
    verdict,
    comment: draft.comment.trim(),
    ...(verdict === "correct" && draft.correction ? { correction: draft.correction } : {}),
    shown: shown(),
    title: effectOf(decision, presentation?.effect),
    ...(isShare(task) ? { isShare: true } : {}),
  };
}

function openWords(count: number): string {
  if (count === 0) return "All fields are open now.";
  const fields = count === 1 ? "1 field has" : `${count} fields have`;
  return `${fields} to be opened first: this can't be undone.`;
}
