import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { formatAge, formatDateTime, formatSpanInWords, millis } from "../format";
import { useNow } from "../live/useNow";

/** How long ago a moment was, in its largest unit; the moment itself on hover. */
export function Age({ since, className }: { readonly since: Timestamp | undefined; readonly className?: string }) {
  const now = useNow(1000);
  const from = millis(since);
  if (!since || from === null) return null;
  const age = now - from;
  return (
    <time className={className} dateTime={timestampDate(since).toISOString()} title={formatDateTime(from)}>
      <span aria-hidden="true">{formatAge(age)}</span>
      <span className="sr-only">{formatSpanInWords(age)} old</span>
    </time>
  );
}
