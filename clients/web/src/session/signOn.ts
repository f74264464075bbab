// What this tab keeps of a sign-in with an issuer: the question while the person is away at the issuer's, then the answer.
import { isRecord, type Offer } from "./offers";
import { keepToken, keptToken, type Place } from "./token";

/** A sign-in that was begun in this tab. */
export interface Asked {
  readonly offer: Offer;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly redirectUri: string;
  /** Where on the page the person was. */
  readonly hash: string;
}

/** What the issuer sent the person back with, and the question it answers, if this tab has asked one. */
export interface Answer {
  readonly given: URLSearchParams;
  readonly asked: Asked | null;
}

/** What the issuer's metadata say that is needed later. */
export type Server = {
  readonly issuer: string;
  readonly token_endpoint: string;
  readonly end_session_endpoint?: string;
  readonly id_token_signing_alg_values_supported?: string[];
};

/** A sign-in with an issuer, by whose `bearer` the server is called. */
export interface SignOn {
  readonly offer: Offer;
  readonly server: Server;
  readonly bearer: string;
  readonly refresh?: string;
  readonly idToken?: string;
}

const ASKED = "andon.sign-on.asked";
const KEPT = "andon.sign-on";

/** Keeps the question for this tab alone. */
export function keepAsked(place: Place, asked: Asked): void {
  place.session.setItem(ASKED, JSON.stringify(asked));
}

/**
 * The issuer's answer, which is gone from the address and its history at once, with the question: neither is good twice.
 * Null where the page was not opened with one.
 */
export function takeAnswer(place: Place): Answer | null {
  const given = new URLSearchParams(place.location.search);
  if (!given.has("state") || !(given.has("code") || given.has("error"))) return null;
  const asked = read<Asked>(place, ASKED, (value) => typeof value.state === "string" && isRecord(value.offer));
  place.session.removeItem(ASKED);
  const hash = asked ? asked.hash : place.location.hash;
  place.history.replaceState(place.history.state, "", `${place.location.pathname}${hash}`);
  return { given, asked };
}

/** Keeps a sign-in for this tab, and its bearer as any other token. */
export function keepSignOn(place: Place, signOn: SignOn): void {
  keepToken(place, signOn.bearer, false);
  place.session.setItem(KEPT, JSON.stringify(signOn));
}

/** The sign-in that a token comes from; null where it comes from none, and is just a token. One of another is forgotten. */
export function keptSignOn(place: Place, token: string | null = keptToken(place)): SignOn | null {
  const kept = read<SignOn>(place, KEPT, (value) => isRecord(value.offer) && isRecord(value.server));
  if (!kept || kept.bearer === token) return kept;
  forgetSignOn(place);
  return null;
}

/** Forgets everything of it but the token itself. */
export function forgetSignOn(place: Place): void {
  place.session.removeItem(KEPT);
}

/** Where the issuer ends its own session, for the person to be sent there; null where it does not say. */
export function goodbyeOf({ offer, server, idToken }: SignOn, page: string): string | null {
  const { end_session_endpoint: end } = server;
  if (!end || !isSafe(end, offer)) return null;
  const address = new URL(end);
  const said = { id_token_hint: idToken, client_id: offer.clientId, post_logout_redirect_uri: page };
  for (const [name, value] of Object.entries(said)) if (value) address.searchParams.set(name, value);
  return address.href;
}

/** Whether the person may be sent there: encrypted, or an issuer on this machine. */
export function isSafe(address: string, { issuer }: Pick<Offer, "issuer">): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol } = new URL(address);
  return protocol === "https:" || (protocol === "http:" && issuer.startsWith("http:"));
}

/** The claims of a JWT, unproven; null where it is none. The server proves them. */
export function claimsOf(token: string): Record<string, unknown> | null {
  const [, body, ...rest] = token.split(".");
  if (!body || rest.length !== 1) return null;
  try {
    const bytes = Uint8Array.from(atob(body.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isRecord(claims) ? claims : null;
  } catch {
    return null;
  }
}

/** When a JWT ends, in milliseconds since the epoch; null where it does not say. */
export function endOf(token: string): number | null {
  const end = claimsOf(token)?.exp;
  return typeof end === "number" ? end * 1000 : null;
}

/** How long before its end a token is spoken of, in milliseconds: five minutes, less where it lives shortly. */
export function noticeOf(token: string): number {
  const { iat, exp } = claimsOf(token) ?? {};
  const life = typeof iat === "number" && typeof exp === "number" ? (exp - iat) * 1000 : Number.POSITIVE_INFINITY;
  return Math.min(300_000, life / 5);
}

function read<T>(place: Place, key: string, check: (value: Record<string, unknown>) => boolean): T | null {
  try {
    const value: unknown = JSON.parse(place.session.getItem(key) ?? "null");
    return isRecord(value) && check(value) ? (value as T) : null;
  } catch {
    return null;
  }
}
