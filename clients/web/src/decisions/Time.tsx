import { formatDateTime } from "../format";
import { serverClock } from "../live/clock";

/** A moment (milliseconds), as briefly as it is clear; the whole of it on hover. */
export function Time({ time }: { readonly time: number }) {
  const date = new Date(time);
  return (
    <time dateTime={date.toISOString()} title={formatDateTime(time)}>
      {shortMoment(date)}
    </time>
  );
}

/** Without the day if it is today's, without the year if it is this one's. */
function shortMoment(date: Date, now = new Date(serverClock.now())): string {
  const today = date.toDateString() === now.toDateString();
  return date.toLocaleString(undefined, {
    ...(today ? {} : { day: "numeric", month: "short" }),
    ...(date.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }),
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
}
