import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { formatDateTime, millis } from "../format";

/** A moment, to the second, in the reader's time zone. */
export function Moment({ at }: { readonly at: Timestamp | undefined }) {
  const ms = millis(at);
  if (!at || ms === null) return null;
  return <time dateTime={timestampDate(at).toISOString()}>{formatDateTime(ms)}</time>;
}
