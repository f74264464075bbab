import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { formatDateTime, formatSpan, formatSpanInWords, millis } from "../format";
import { useNow } from "../live/useNow";
import classes from "./Countdown.module.css";

const SOON_MS = 5 * 60_000;
const NOW_MS = 60_000;

interface Props {
  readonly to: Timestamp | undefined;
  /** What comes then, for example `due`. */
  readonly label?: string;
}

/** The time left until a moment, in words and with a colour when it is short; the moment itself on hover. */
export function Countdown({ to, label = "due" }: Props) {
  const now = useNow(1000);
  const end = millis(to);
  if (!to || end === null) return null;
  const left = end - now;
  const words = left > 0 ? `${label} in ${formatSpan(left)}` : `${label} now`;
  return (
    <time
      className={classes.countdown}
      data-urgency={urgency(left)}
      dateTime={timestampDate(to).toISOString()}
      title={formatDateTime(end)}
    >
      <span aria-hidden="true">{words}</span>
      <span className="sr-only">{left > 0 ? `${label} in ${formatSpanInWords(left)}` : words}</span>
    </time>
  );
}

function urgency(left: number): "calm" | "soon" | "now" {
  if (left <= NOW_MS) return "now";
  return left <= SOON_MS ? "soon" : "calm";
}
