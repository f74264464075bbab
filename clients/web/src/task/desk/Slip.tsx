import { useNow } from "../../live";
import { revealed } from "../model/text";
import classes from "./Tray.module.css";
import type { PendingVerdict, VerdictWord } from "./verdict";

export const DONE: Readonly<Record<VerdictWord, string>> = {
  approve: "Approved",
  reject: "Rejected",
  correct: "Corrected",
};

interface Props {
  readonly verdict: PendingVerdict;
  readonly onUndo: () => void;
  readonly onSend: () => void;
  readonly onOpen: () => void;
  readonly onDismiss: () => void;
}

/** One verdict on its way: what it is, how long it can be undone, and what became of it. */
export function Slip({ verdict, onUndo, onSend, onOpen, onDismiss }: Props) {
  const isRefused = verdict.state === "refused";
  return (
    <li className={isRefused ? `${classes.slip} ${classes.refused}` : classes.slip} data-state={verdict.state}>
      <div className={classes.words}>
        <strong>{headOf(verdict)}</strong> <Rest verdict={verdict} />
        <span className={classes.title}>{revealed(verdict.title)}</span>
      </div>
      <div className={classes.buttons}>
        {verdict.state === "held" && <SlipButton words="Undo (U)" onClick={onUndo} />}
        {verdict.state !== "refused" && (verdict.state === "held" || verdict.failures > 0) && (
          <SlipButton words="Send now" onClick={onSend} />
        )}
        {isRefused && <SlipButton words="Open the task" onClick={onOpen} />}
        {isRefused && <SlipButton words="Dismiss" onClick={onDismiss} />}
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

function headOf(verdict: PendingVerdict): string {
  if (verdict.state === "refused") return "Your verdict was refused.";
  return `${DONE[verdict.verdict]}.`;
}

function Rest({ verdict }: { readonly verdict: PendingVerdict }) {
  if (verdict.state === "refused") return <span>{verdict.refusal?.text}</span>;
  if (verdict.state === "held") return <Countdown until={verdict.sendAt} />;
  if (verdict.failures > 0) return <span>Not sent yet: the server does not answer. Trying again.</span>;
  return <span>Sending…</span>;
}

/** Counts by this browser's clock, as the outbox does; the tick is the page's common one. */
function Countdown({ until }: { readonly until: number }) {
  useNow(250);
  const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
  return (
    <span className={classes.count} aria-hidden>
      Sent in {left} s
    </span>
  );
}
