import { useLive, useLiveStore } from "../live";
import { useMay } from "../session";
import classes from "./ConnectionState.module.css";
import { connectionWords } from "./connectionWords";
import { useSettings } from "./settings";
import { useLocalNow } from "./useLocalNow";

/** In words: whether what is shown is live, and what waits. Nothing where a page has no stream. */
export function ConnectionState() {
  const { connection, synced, waiting, queues } = useLive();
  const store = useLiveStore();
  const { takesTasks } = useSettings();
  const mayReview = useMay("ReviewService/Review");
  const now = useLocalNow(connection.status === "waiting");
  if (connection.status === "closed") return <div className={classes.state} />;
  const { text, tone, detail } = connectionWords(connection, now);
  const canHurry = connection.status === "waiting" || connection.status === "refused";
  return (
    <div className={classes.state}>
      {synced && (
        <span className={classes.counts} title={queues.map((one) => `${one.queue}: ${one.waiting} waiting`).join("\n")}>
          {waiting.length.toLocaleString()} waiting
        </span>
      )}
      {mayReview && !takesTasks && <span className={classes.paused}>Paused: no new tasks</span>}
      <span className={classes.words} data-tone={tone} title={detail} aria-hidden="true">
        <span className={classes.dot} />
        <span>{text}</span>
      </span>
      {canHurry && (
        <button type="button" className={classes.now} onClick={() => store.hurry()}>
          Now
        </button>
      )}
      <span className="sr-only" role="status">
        {connection.status === "waiting" ? "The connection is lost. Reconnecting." : text}
      </span>
    </div>
  );
}
