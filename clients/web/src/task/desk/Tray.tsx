import { useEffect, useState } from "react";
import { hrefOfName, navigate, useRoute } from "../../app/route";
import { useKeys } from "../../keys";
import { BulkHost } from "../bulk/BulkHost";
import { DONE, Slip } from "./Slip";
import classes from "./Tray.module.css";
import { useDesk, usePending } from "./useDesk";

/**
 * The verdicts on their way, on every page: undo, send now, and what the server refused. Mount it once below the
 * live provider; while it is there, leases are renewed and verdicts are sent.
 */
export function Tray() {
  const desk = useDesk();
  const pending = usePending();
  const said = useAnnouncements();
  useEffect(() => desk.open(), [desk]);

  const undo = (id?: string) => {
    const verdict = pending.findLast((one) => one.state === "held" && (id === undefined || one.id === id));
    if (verdict && desk.outbox.undo(verdict.id)) navigate(hrefOfName(verdict.task));
  };
  // The task's own view tells a refusal itself, in its place.
  const { page, id } = useRoute();
  const shown = pending.filter((one) => one.state !== "refused" || page !== "tasks" || one.task !== `tasks/${id}`);
  const canUndo = pending.some((one) => one.state === "held");
  useKeys("Verdict", [{ keys: ["u", "z"], label: "Undo the last verdict", run: () => undo(), disabled: !canUndo }]);

  return (
    <>
      {shown.length > 0 && (
        <section className={classes.tray} aria-label="Verdicts on their way">
          <ul className={classes.slips}>
            {shown.slice(-4).map((verdict) => (
              <Slip
                key={verdict.id}
                verdict={verdict}
                onUndo={() => undo(verdict.id)}
                onSend={() => desk.outbox.sendNow(verdict.id)}
                onOpen={() => navigate(hrefOfName(verdict.task))}
                onDismiss={() => desk.outbox.dismiss(verdict.id)}
              />
            ))}
          </ul>
        </section>
      )}
      <output className={`sr-only ${classes.said}`} aria-live="polite" aria-label="Verdict results">
        {said}
      </output>
      <BulkHost />
    </>
  );
}

/** What a screen reader is told: what was held, done, undone or refused. */
function useAnnouncements(): string {
  const { outbox } = useDesk();
  const pending = usePending();
  const [said, say] = useState("");
  const held = pending.findLast((one) => one.state === "held");
  useEffect(
    () =>
      outbox.on(({ kind, verdict }) => {
        if (kind === "done") say(`Sent. ${DONE[verdict.verdict]}: ${verdict.title}`);
        else if (kind === "undone") say(`Undone. Nothing was sent. ${verdict.title}`);
        else say(`Your verdict was refused. ${verdict.refusal?.text ?? ""} ${verdict.title}`);
      }),
    [outbox],
  );
  const heldId = held?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: told once for each verdict
  useEffect(() => {
    if (held) say(`${DONE[held.verdict]}: ${held.title}. Press U to undo.`);
  }, [heldId]);
  return said;
}
