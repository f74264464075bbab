/** An issuer with whom people can sign in at this server, as `/.well-known/andon.json` says. */
export interface Offer {
  readonly issuer: string;
  readonly clientId: string;
  /** What people call it. */
  readonly name: string;
  readonly scopes: readonly string[];
  /** Whom a token must be meant for, of which one is enough. */
  readonly audience: readonly string[];
}

/** The issuers that a server offers. None where it can't be asked, or says something else: a token always works. */
export async function loadOffers(
  base: string,
  signal: AbortSignal,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<readonly Offer[]> {
  try {
    const answer = await fetch(`${base}/.well-known/andon.json`, { credentials: "omit", cache: "no-store", signal });
    return answer.ok ? offersIn(await answer.json()) : [];
  } catch {
    return [];
  }
}

/** What of an answer is an offer. */
export function offersIn(value: unknown): readonly Offer[] {
  const { issuers } = isRecord(value) ? value : {};
  return Array.isArray(issuers) ? issuers.flatMap(offerOf) : [];
}

function offerOf(value: unknown): Offer[] {
  if (!isRecord(value)) return [];
  const { issuer, client_id: clientId, name, scopes, audience } = value;
  if (typeof issuer !== "string" || typeof clientId !== "string" || !URL.canParse(issuer)) return [];
  const called = typeof name === "string" && name ? name : new URL(issuer).host;
  return [{ issuer, clientId, name: called, scopes: textsOf(scopes, ["openid"]), audience: textsOf(audience, []) }];
}

function textsOf(value: unknown, otherwise: readonly string[]): readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string") ? value : otherwise;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
