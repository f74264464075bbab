import { useRef } from "react";
import { useKeys } from "../../keys";
import type { VerdictWord } from "../desk/verdict";
import type { Judging } from "./useJudging";

// A key that is still down from the task before must not judge this one.
const SETTLE_MS = 400;

interface Parts {
  readonly judging: Judging;
  readonly isCorrecting: boolean;
  readonly hasUnopened: boolean;
  readonly focusComment: () => void;
  readonly openNext: () => void;
}

/** The keys of a task. */
export function useTaskKeys({ judging, isCorrecting, hasUnopened, focusComment, openNext }: Parts): void {
  const opened = useRef(performance.now());
  const isDeliberate = (event: KeyboardEvent) => !event.repeat && performance.now() - opened.current > SETTLE_MS;
  const once = (run: () => void) => (event: KeyboardEvent) => isDeliberate(event) && run();
  const verdict = (keys: string, label: string, word: VerdictWord) => {
    return { keys, label, run: once(() => judging.give(word)), disabled: judging.isOff };
  };
  const confirms = judging.wanted ?? (isCorrecting ? "correct" : undefined);
  useKeys("Task", [
    verdict("a", "Approve", "approve"),
    verdict("r", "Reject", "reject"),
    verdict("c", "Correct", "correct"),
    { keys: "e", label: "Escalate", run: once(judging.escalate), disabled: judging.isOff },
    { keys: "s", label: "Release: give the task back", run: once(judging.release), disabled: judging.isOff },
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
