import { formatNumber } from "../format";
import { useLive, useLiveStore } from "../live";
import { useMay } from "../session";
import { awayWords } from "./awayWords";
import classes from "./ConnectionState.module.css";
import { connectionWords } from "./connectionWords";
import { usePresence } from "./presence";
import { useLocalNow } from "./useLocalNow";
import { useTakesTasks } from "./useTakesTasks";

/** In words: whether what is shown is live, and what waits. Nothing where a page has no stream. */
export function ConnectionState() {
  const { connection, synced, waiting, queues } = useLive();
  const store = useLiveStore();
  const takesTasks = useTakesTasks();
  const presence = usePresence();
  const mayReview = useMay("ReviewService/Review");
  const now = useLocalNow(connection.status === "waiting");
  if (connection.status === "closed") return <div className={classes.state} />;
  const { text, tone, detail } = connectionWords(connection, now);
  const canHurry = ["waiting", "refused", "offline"].includes(connection.status);
  return (
    <div className={classes.state}>
      {synced && (
        <span
          className={classes.counts}
          title={queues.map((one) => `${one.queue}: ${formatNumber(one.waiting)} waiting`).join("\n")}
        >
          {formatNumber(waiting.length)} waiting
        </span>
      )}
      {mayReview && (presence.isAway || !takesTasks) && (
        <span className={classes.paused}>{presence.isAway ? awayWords(presence) : "Not taking tasks"}</span>
      )}
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
        {connection.status === "waiting"
          ? `The connection is lost. ${connection.refusal?.text ?? ""} Reconnecting.`
          : text}
      </span>
    </div>
  );
}
