import type { Duration } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb";
import { wordsOf } from "./words";

/** One field that the server refused, and why. */
export interface FieldFault {
  readonly field: string;
  readonly text: string;
}

/** Why a call failed, as the server said it. */
export interface Refusal {
  readonly code: Code;
  /** `LEASE_LOST`, `COMMENT_REQUIRED`, ...; `UNREACHABLE` where there was no answer, else empty if none was given. */
  readonly reason: string;
  /** For people. */
  readonly text: string;
  readonly fields: readonly FieldFault[];
  /** The dynamic words of the text, such as `name` or `limit`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs: number | null;
}

const UNREACHABLE = "The server can't be reached.";

/** What a thrown error says. Any error will do; a call that was cut off by us has `Code.Canceled`. */
export function refusalOf(error: unknown): Refusal {
  const cause = ConnectError.from(error);
  if (isUnreachable(cause))
    return { ...plain(cause), code: Code.Unavailable, reason: "UNREACHABLE", text: UNREACHABLE };
  const info = cause.findDetails(ErrorInfoSchema)[0];
  const [reason, metadata] = [info?.reason ?? "", info?.metadata ?? {}];
  const retryAfterMs = milliseconds(cause.findDetails(RetryInfoSchema)[0]?.retryDelay);
  const said = wordsOf(reason, { metadata, retryAfterMs }) ?? plain(cause).text;
  const text = isForeign(cause) ? `The answer did not come from Andon: ${cause.rawMessage}.` : said;
  return {
    ...plain(cause),
    text,
    reason,
    metadata,
    fields: cause
      .findDetails(BadRequestSchema)
      .flatMap((detail) => detail.fieldViolations)
      .map((fault) => ({ field: fault.field, text: fault.description })),
    retryAfterMs,
  };
}

/** Whether Andon itself said it. What stands between, such as a gateway, gives no reason of ours. */
export function isOurs(refusal: Refusal): boolean {
  return refusal.reason !== "" && refusal.reason !== "UNREACHABLE";
}

function plain(cause: ConnectError): Refusal {
  const text = cause.rawMessage || Code[cause.code] || "The call failed.";
  return { code: cause.code, reason: "", text, fields: [], metadata: {}, retryAfterMs: null };
}

/** Browsers report a failed connection as a TypeError, and a gateway without its server as an answer that is not ours. */
function isUnreachable(cause: ConnectError): boolean {
  return cause.cause instanceof TypeError || (cause.code === Code.Unavailable && cause.details.length === 0);
}

/** What the library says of an answer that does not speak the protocol, such as a gateway's page. */
function isForeign(cause: ConnectError): boolean {
  return cause.details.length === 0 && /^(HTTP \d+|unsupported content type .*)$/.test(cause.rawMessage);
}

function milliseconds(span: Duration | undefined): number | null {
  return span ? Number(span.seconds) * 1000 + span.nanos / 1e6 : null;
}
