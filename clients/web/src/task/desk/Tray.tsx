import { lazy, Suspense, useEffect, useRef } from "react";
import { hrefOfName, navigate, useRoute } from "../../app/route";
import { useKeys } from "../../keys";
import { BulkHost } from "../bulk/BulkHost";
import { useRecorded } from "./recorded";
import { RecordedSlip, Slip } from "./Slip";
import { listenToKeys } from "./settle";
import { useAskedSignOut } from "./signOut";
import { slipsOf } from "./slips";
import classes from "./Tray.module.css";
import { useAnnouncements } from "./useAnnouncements";
import { useDesk, usePending } from "./useDesk";

const SignOutDialog = lazy(() => import("./SignOutDialog"));

/**
 * The verdicts on their way, on every page: undo, send now, and what the server refused. Mount it once below the
 * live provider; while it is there, leases are renewed and verdicts are sent.
 */
export function Tray() {
  const desk = useDesk();
  const pending = usePending();
  const said = useAnnouncements();
  const recorded = useRecorded();
  const signOut = useAskedSignOut();
  useEffect(() => desk.open(), [desk]);
  useEffect(listenToKeys, []);

  const undo = (id?: string) => {
    const verdict = pending.findLast((one) => one.state === "held" && (id === undefined || one.id === id));
    if (!verdict || !desk.outbox.undo(verdict.id)) return;
    const isOfMany = verdict.group !== undefined && pending.filter((one) => one.group === verdict.group).length > 1;
    if (!isOfMany) navigate(hrefOfName(verdict.task));
  };
  // The task's own view tells a refusal itself, in its place.
  const { page, id } = useRoute();
  const { shown, more } = slipsOf(
    pending.filter((one) => one.state !== "refused" || page !== "tasks" || one.task !== `tasks/${id}`),
  );
  const canUndo = pending.some((one) => one.state === "held");
  useKeys("Verdict", [{ keys: ["u", "z"], label: "Undo the last verdict", run: () => undo(), disabled: !canUndo }]);

  return (
    <>
      {shown.length + recorded.length > 0 && (
        <Place>
          {more > 0 && <p className={classes.more}>and {more} more</p>}
          <ul className={classes.slips}>
            <RecordedSlip recorded={recorded} />
            {shown.map((slip) => (
              <Slip
                key={slip.key}
                slip={slip}
                onUndo={() => undo(slip.verdict.id)}
                onSend={() => slip.ids.forEach((one) => void desk.outbox.sendNow(one))}
                onOpen={() => navigate(hrefOfName(slip.verdict.task))}
                onDismiss={() => desk.outbox.dismiss(slip.verdict.id)}
              />
            ))}
          </ul>
        </Place>
      )}
      <output className={`sr-only ${classes.said}`} aria-live="polite" aria-label="Verdict results">
        {said}
      </output>
      <BulkHost />
      {signOut && (
        <Suspense fallback={null}>
          <SignOutDialog {...signOut} />
        </Suspense>
      )}
    </>
  );
}

/** What is left free below and above the slips. */
const GAP_PX = 16;

/** Where the slips stand. The page is told how high they are, so that the list can end above them. */
function Place({ children }: { readonly children: React.ReactNode }) {
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    const { style } = document.documentElement;
    const tell = () => style.setProperty("--tray", `${(place.current?.offsetHeight ?? 0) + GAP_PX}px`);
    const observer = new ResizeObserver(tell);
    if (place.current) observer.observe(place.current);
    return () => {
      observer.disconnect();
      style.removeProperty("--tray");
    };
  }, []);
  return (
    <section ref={place} className={classes.tray} aria-label="Verdicts on their way">
      {children}
    </section>
  );
}
