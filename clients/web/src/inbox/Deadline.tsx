import { type Timestamp, timestampDate, timestampMs } from "@bufbuild/protobuf/wkt";
import { formatDateTime, formatSpanInWords } from "../format";
import { useNow } from "../live";
import { clockWords } from "./clockWords";
import classes from "./Deadline.module.css";

const SOON_MS = 5 * 60_000;
const NOW_MS = 60_000;

/** How long a task may still wait, as a clock counts down; the moment itself on hover. */
export function Deadline({ at }: { readonly at: Timestamp }) {
  const end = timestampMs(at);
  const left = end - useNow(1000);
  return (
    <time
      className={classes.deadline}
      data-urgency={left <= NOW_MS ? "now" : left <= SOON_MS ? "soon" : "calm"}
      dateTime={timestampDate(at).toISOString()}
      title={`Due ${formatDateTime(end)}`}
    >
      <span aria-hidden="true">{left > 0 ? clockWords(left) : "due now"}</span>
      <span className="sr-only">{left > 0 ? `due in ${formatSpanInWords(left)}` : "due now"}</span>
    </time>
  );
}
