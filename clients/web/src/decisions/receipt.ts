// What a receipt says, and whether this browser can prove that the server said it.
import { isObject, type JsonObject, type JsonValue } from "../task/model/json";

/** A receipt taken apart; nothing of it is proven yet. */
export interface Receipt {
  readonly keyId: string;
  readonly claims: JsonObject;
  readonly signed: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
}

/** What came of looking at the signature. */
export type Proof = "genuine" | "forged" | "unknown-key" | "unsupported" | "no-keys";

const TYPE = "andon-receipt+jwt";

/** A receipt in its parts; null where it is none. */
export function receiptOf(text: string): Receipt | null {
  const [head = "", body = "", signature = "", ...rest] = text.trim().split(".");
  try {
    const [header, claims] = [objectIn(head), objectIn(body)];
    if (rest.length > 0 || header?.alg !== "EdDSA" || header.typ !== TYPE || typeof header.kid !== "string")
      return null;
    const signed = new TextEncoder().encode(`${head}.${body}`);
    return claims && { keyId: header.kid, claims, signed, signature: bytesOf(signature) };
  } catch {
    return null;
  }
}

/** Proves a receipt by the server's public keys (a JSON Web Key Set). Never rejects. */
export async function prove(receipt: Receipt, keys: () => Promise<JsonValue>): Promise<Proof> {
  const found = await keys().catch(() => null);
  if (!isObject(found) || !Array.isArray(found.keys)) return "no-keys";
  const jwk = found.keys.filter(isObject).find(({ kid, crv }) => kid === receipt.keyId && crv === "Ed25519");
  if (!jwk) return "unknown-key";
  try {
    const { x } = jwk;
    const key = await crypto.subtle.importKey(
      "jwk",
      { kty: "OKP", crv: "Ed25519", x: String(x) },
      { name: "Ed25519" },
      false,
      ["verify"],
    );
    const isGenuine = await crypto.subtle.verify({ name: "Ed25519" }, key, receipt.signature, receipt.signed);
    return isGenuine ? "genuine" : "forged";
  } catch {
    // Browsers without Ed25519, and pages that did not come over https.
    return "unsupported";
  }
}

/** The claims for people, in order; those this page does not know stand as they are. */
export function linesOf(claims: JsonObject, time: (seconds: number) => string): readonly (readonly [string, string])[] {
  const named = Object.entries(NAMES).flatMap(([claim, name]) => line(name, claims[claim], claim, time));
  const others = Object.keys(claims).filter((claim) => !Object.hasOwn(NAMES, claim));
  return [...named, ...others.flatMap((claim) => line(claim, claims[claim], claim, time))];
}

const NAMES: Readonly<Record<string, string>> = {
  sub: "Decision",
  action: "Action",
  outcome: "Outcome",
  may_pass: "May be acted on",
  timeout_default: "Where nobody judged",
  exp: "To be acted on until",
  redeem: "Holds",
  resolve_time: "Ended",
  resolved_by: "Ended by",
  reviews: "Verdicts",
  submitter: "Submitted by",
  on_behalf_of: "On behalf of",
  policy: "Policy",
  revision: "Revision",
  level: "Appeal",
  payload_hash: "Payload hash (SHA-256)",
  corrected_prediction_hash: "Hash of the correction (SHA-256)",
  ledger: "Ledger entry",
  iss: "Ledger",
  iat: "Dated",
  jti: "Receipt",
};
const TIMES: ReadonlySet<string> = new Set(["exp", "iat", "nbf"]);

/** How members of what is inside stand before others. */
const FIRST: readonly string[] = ["sequence"];

type Line = readonly [string, string];

function line(name: string, value: JsonValue | undefined, claim: string, time: (seconds: number) => string): Line[] {
  if (value === undefined || value === null || value === "" || (claim === "level" && value === 0)) return [];
  if (TIMES.has(claim) && typeof value === "number") return [[name, time(value)]];
  if (claim === "resolve_time" && typeof value === "string") return [[name, time(Date.parse(value) / 1000)]];
  if (claim === "reviews" && Array.isArray(value))
    return [[name, value.map((each) => (isObject(each) ? verdict(each, time) : text(each))).join("; ")]];
  if (claim === "redeem") return [[name, value === "once" ? "once: it is redeemed first" : text(value)]];
  return [[name, text(value)]];
}

/** One verdict: who, what, when, and whatever else there is. */
function verdict(
  { reviewer, verdict, time: moment, ...others }: JsonObject,
  time: (seconds: number) => string,
): string {
  const when = typeof moment === "string" ? time(Date.parse(moment) / 1000) : "";
  const what = [verdict === undefined ? "" : text(verdict), when, text(others)].filter(Boolean).join(", ");
  return reviewer === undefined ? what : `${text(reviewer)}: ${what}`;
}

function text(value: JsonValue): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map(text).join("; ");
  if (!isObject(value)) return String(value);
  const names = [
    ...FIRST.filter((name) => name in value),
    ...Object.keys(value).filter((name) => !FIRST.includes(name)),
  ];
  return names
    .map((name) => [name, value[name]] as const)
    .map(([name, inner]) => `${name} ${inner === undefined ? "" : text(inner)}`)
    .join(", ");
}

function objectIn(part: string): JsonObject | null {
  const value: JsonValue = JSON.parse(new TextDecoder().decode(bytesOf(part)));
  return isObject(value) ? value : null;
}

function bytesOf(part: string): Uint8Array<ArrayBuffer> {
  const binary = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}
