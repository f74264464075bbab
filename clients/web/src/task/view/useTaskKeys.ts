import { useEffect, useRef } from "react";
import { useSettings } from "../../app/settings";
import { useKeys } from "../../keys";
import { LEADS, type Lead, settling } from "../desk/settle";
import type { VerdictWord } from "../desk/verdict";
import type { Judging } from "./useJudging";
import type { MoreTime } from "./useMoreTime";

interface Parts {
  readonly judging: Judging;
  readonly isCorrecting: boolean;
  readonly hasUnopened: boolean;
  readonly focusComment: () => void;
  readonly openNext: () => void;
  readonly moreTime: MoreTime;
}

/** The keys of a task. One that is struck before the task has settled only opens a field, and decides nothing. */
export function useTaskKeys({ judging, isCorrecting, hasUnopened, focusComment, openNext, moreTime }: Parts): void {
  const early = (lead: Lead) => {
    if (lead === "m") focusComment();
    else judging.begin(BEGUN[lead]);
  };
  const { singleKeys } = useSettings();
  useShown((key) => singleKeys && isLead(key) && early(key));
  const once = (run: () => void, lead?: Lead) => (event: KeyboardEvent) => {
    if (event.repeat) return;
    if (settling.isDeliberate()) run();
    else if (lead) early(lead);
  };
  const verdict = (keys: string, label: string, word: VerdictWord, lead?: Lead) => {
    return { keys, label, run: once(() => judging.give(word), lead), disabled: judging.isOff };
  };
  const confirms = judging.wanted ?? (isCorrecting ? "correct" : undefined);
  useKeys("Task", [
    verdict("a", "Approve", "approve"),
    verdict("r", "Reject", "reject", "r"),
    verdict("c", "Correct", "correct", "c"),
    { keys: "e", label: "Escalate", run: once(judging.escalate, "e"), disabled: judging.isOff },
    { keys: "s", label: SKIP, run: once(judging.release), disabled: judging.isOff },
    {
      keys: "t",
      label: `More time: +${moreTime.step}`,
      run: once(moreTime.ask),
      disabled: moreTime.step === "" || judging.isOff,
    },
    { keys: "m", label: "Write a comment", run: focusComment, disabled: judging.isOff },
    { keys: "o", label: "Go to the next long or covered field", run: openNext, disabled: !hasUnopened },
    {
      keys: "mod+Enter",
      label: confirms === "correct" ? "Send the correction" : `Go on: ${confirms ?? "confirm"}`,
      run: once(judging.confirm),
      disabled: confirms === undefined || judging.isOff,
      whileTyping: true,
    },
  ]);
}

const SKIP = "Skip: pass it on; it does not come back to you";
const BEGUN = { r: "reject", c: "correct", e: "escalate" } as const;

function isLead(key: string): key is Lead {
  return LEADS.some((lead) => lead === key);
}

/** Tells when the task comes and goes; `ahead` is called with the key that was struck for it before it stood. */
function useShown(ahead: (key: string) => void): void {
  const latest = useRef(ahead);
  useEffect(() => {
    const key = settling.shown(performance.now());
    if (key !== undefined) latest.current(key);
    return () => settling.gone();
  }, []);
}
