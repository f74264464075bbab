import { useNow } from "../../live";
import { revealed } from "../model/text";
import { recordedWords } from "./recorded";
import type { SlipOf } from "./slips";
import classes from "./Tray.module.css";
import type { Deed, PendingVerdict } from "./verdict";

const DONE: Readonly<Record<Deed, string>> = {
  approve: "Approved",
  reject: "Rejected",
  correct: "Corrected",
  release: "Skipped",
  escalate: "Escalated",
};
const SHARE: Readonly<Partial<Record<Deed, string>>> = {
  approve: "You approve",
  reject: "You reject",
  correct: "You correct",
};

/** What was done, in a word or two. One verdict of several may not end the decision, and is not told as if it did. */
export function doneWords(deed: Deed, isShare = false): string {
  return (isShare ? SHARE[deed] : undefined) ?? DONE[deed];
}

interface Props {
  readonly slip: SlipOf;
  readonly onUndo: () => void;
  readonly onSend: () => void;
  readonly onOpen: () => void;
  readonly onDismiss: () => void;
}

/** One verdict on its way, or one for several tasks: what it is, how long it can be undone, and what became of it. */
export function Slip({ slip, onUndo, onSend, onOpen, onDismiss }: Props) {
  const { verdict, ids, isNewest } = slip;
  const { state, failures } = verdict;
  const isRefused = state === "refused";
  return (
    <li className={isRefused ? `${classes.slip} ${classes.refused}` : classes.slip} data-state={state}>
      <div className={classes.words}>
        <strong>{headOf(slip)}</strong> <Rest verdict={verdict} />
        {verdict.isUnsaved && !isRefused && (
          <span> It could not be saved on this device: don't close this tab until it is sent.</span>
        )}
        {ids.length === 1 && <span className={classes.title}>{revealed(verdict.title)}</span>}
      </div>
      <div className={classes.buttons}>
        {state === "held" && <SlipButton words={isNewest ? "Undo (U)" : "Undo"} onClick={onUndo} />}
        {(state === "held" || (state === "sending" && failures > 0)) && (
          <SlipButton words="Send now" onClick={onSend} />
        )}
        {isRefused && <SlipButton words="Open the task" onClick={onOpen} />}
        {isRefused && <SlipButton words="Dismiss" onClick={onDismiss} />}
      </div>
    </li>
  );
}

/** What was recorded a moment ago and left its decision open. */
export function RecordedSlip({ recorded }: { readonly recorded: readonly PendingVerdict[] }) {
  const [first, ...more] = recorded;
  if (!first) return null;
  const words = more.length > 0 ? `${recorded.length} verdicts are recorded; waiting for others.` : undefined;
  return (
    <li className={classes.slip} data-state="recorded">
      <div className={classes.words}>
        <strong>{words ?? recordedWords(first.verdict)}</strong>
        {words === undefined && <span className={classes.title}>{revealed(first.title)}</span>}
      </div>
    </li>
  );
}

function SlipButton({ words, onClick }: { readonly words: string; readonly onClick: () => void }) {
  return (
    <button type="button" className={classes.button} onClick={onClick}>
      {words}
    </button>
  );
}

function headOf({ verdict, ids }: SlipOf): string {
  if (verdict.state === "refused") return `${REFUSED[verdict.verdict] ?? "Your verdict"} was refused.`;
  const done = doneWords(verdict.verdict, verdict.isShare);
  return ids.length > 1 ? `${done} ${ids.length} tasks.` : `${done}.`;
}

const REFUSED: Partial<Record<Deed, string>> = { release: "Your skip", escalate: "Your escalation" };

function Rest({ verdict }: { readonly verdict: PendingVerdict }) {
  if (verdict.state === "refused") return <span>{verdict.refusal?.text}</span>;
  if (verdict.state === "held") return <Countdown until={verdict.sendAt} />;
  if (verdict.failures > 0) return <span>Not sent yet: the server does not answer. Trying again.</span>;
  return <span>Sending…</span>;
}

/** Counts by this browser's clock, as the outbox does; the tick is the page's common one. */
export function Countdown({ until }: { readonly until: number }) {
  useNow(250);
  const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
  return (
    <span className={classes.count} aria-hidden>
      Sent in {left} s
    </span>
  );
}
