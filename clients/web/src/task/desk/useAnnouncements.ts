import { useEffect, useState } from "react";
import { recordedWords } from "./recorded";
import { doneWords } from "./Slip";
import { useDesk, usePending } from "./useDesk";
import type { PendingVerdict } from "./verdict";

/** What a screen reader is told: what was held, done, undone or refused. */
export function useAnnouncements(): string {
  const { outbox } = useDesk();
  const pending = usePending();
  const [said, say] = useState("");
  const held = pending.findLast((one) => one.state === "held");
  useEffect(
    () =>
      outbox.on((event) => {
        const { kind, verdict } = event;
        if (kind === "done" && event.isOpen) say(`${recordedWords(verdict.verdict)} ${verdict.title}`);
        else if (kind === "done") say(`Sent. ${doneWords(verdict.verdict)}: ${verdict.title}`);
        else if (kind === "undone") say(`Undone. Nothing was sent. ${verdict.title}`);
        else say(`It was refused. ${verdict.refusal?.text ?? ""} ${verdict.title}`);
      }),
    [outbox],
  );
  const heldId = held?.group ?? held?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: told once for each verdict
  useEffect(() => {
    if (held) say(heldWords(held, pending));
  }, [heldId]);
  return said;
}

function heldWords(
  { verdict, title, group, isUnsaved, isShare }: PendingVerdict,
  pending: readonly PendingVerdict[],
): string {
  const count = pending.filter((one) => group !== undefined && one.group === group).length;
  const what = count > 1 ? `${count} tasks` : title;
  const warning = isUnsaved ? " It could not be saved on this device: don't close this tab." : "";
  return `${doneWords(verdict, isShare)}: ${what}. Press U to undo.${warning}`;
}
