// Signing in with an issuer: OpenID Connect, authorisation code with PKCE, all in the browser. Loaded when it is needed.
import * as oauth from "oauth4webapi";
import type { Offer } from "./offers";
import { type Answer, type Asked, claimsOf, isSafe, keepAsked, type Server, type SignOn } from "./signOn";
import type { Place } from "./token";
import { Trouble } from "./trouble";

const PATIENCE_MS = 15_000;

/** Begins a sign-in: keeps the question for this tab, and answers where to send the person. Throws Trouble. */
export async function begin(offer: Offer, place: Place, page: string): Promise<string> {
  if (!globalThis.crypto?.subtle) throw new Trouble("insecure", offer.name);
  return told(offer, async () => {
    const server = await discover(offer);
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
    const verifier = oauth.generateRandomCodeVerifier();
    const challenge = await oauth.calculatePKCECodeChallenge(verifier);
    const asked: Asked = { offer, state, nonce, verifier, redirectUri: page, hash: place.location.hash };
    const address = new URL(authorizationEndpoint(server, offer));
    for (const [name, value] of Object.entries(question(asked, challenge))) address.searchParams.set(name, value);
    keepAsked(place, asked);
    return address.href;
  });
}

/** Ends a sign-in: proves the answer and exchanges its code. Throws Trouble. */
export async function finish({ given, asked }: Answer): Promise<SignOn> {
  if (!asked || given.get("state") !== asked.state) throw new Trouble("unasked", asked?.offer.name ?? "");
  const { offer, nonce, verifier, redirectUri } = asked;
  return told(offer, async () => {
    const server = await discover(offer);
    const client = clientOf(offer);
    const proven = oauth.validateAuthResponse(server, client, given, asked.state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      proven,
      redirectUri,
      verifier,
      ways(offer),
    );
    const checks = { expectedNonce: nonce, requireIdToken: true };
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, checks);
    return signOnOf(offer, memory(server), tokens);
  });
}

/** Another bearer by the refresh token, which is used up where the issuer gives another. Throws Trouble. */
export async function renew(signOn: SignOn): Promise<SignOn> {
  const { offer, server, refresh = "" } = signOn;
  return told(offer, async () => {
    const client = clientOf(offer);
    const response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), refresh, ways(offer));
    const tokens = await oauth.processRefreshTokenResponse(server, client, response);
    const renewed = signOnOf(offer, server, tokens, signOn);
    if (claimsOf(renewed.bearer)?.sub !== claimsOf(signOn.bearer)?.sub) throw new Trouble("mismatch", offer.name);
    return renewed;
  });
}

function question({ offer, state, nonce, redirectUri }: Asked, challenge: string): Record<string, string> {
  const [audience = ""] = offer.audience;
  return {
    response_type: "code",
    client_id: offer.clientId,
    redirect_uri: redirectUri,
    scope: offer.scopes.join(" "),
    state,
    nonce,
    code_challenge: challenge,
    code_challenge_method: "S256",
    // Some issuers choose by it whom an access token is for; the others must not mind it (RFC 6749, 3.1).
    ...(audience && !offer.audience.includes(offer.clientId) ? { audience } : {}),
  };
}

async function discover(offer: Offer): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(offer.issuer);
  const response = await oauth.discoveryRequest(issuer, { ...ways(offer), algorithm: "oidc" });
  if (response.status !== 200) throw new Trouble("unreachable", offer.name);
  return oauth.processDiscoveryResponse(issuer, response);
}

function authorizationEndpoint({ authorization_endpoint: found = "" }: oauth.AuthorizationServer, offer: Offer) {
  if (!isSafe(found, offer)) throw new Trouble("mismatch", offer.name);
  return found;
}

function memory(server: oauth.AuthorizationServer): Server {
  const {
    issuer,
    token_endpoint = "",
    end_session_endpoint: end,
    id_token_signing_alg_values_supported: algs,
  } = server;
  return {
    issuer,
    token_endpoint,
    ...(end ? { end_session_endpoint: end } : {}),
    ...(algs ? { id_token_signing_alg_values_supported: algs } : {}),
  };
}

function signOnOf(offer: Offer, server: Server, tokens: oauth.TokenEndpointResponse, before?: SignOn): SignOn {
  const refresh = tokens.refresh_token ?? before?.refresh;
  const idToken = tokens.id_token ?? before?.idToken;
  const bearer = bearerOf(offer, [tokens.access_token, tokens.id_token]);
  return { offer, server, bearer, ...(refresh ? { refresh } : {}), ...(idToken ? { idToken } : {}) };
}

/** The access token where Andon can prove it, else the ID token where that is meant for Andon. */
function bearerOf(offer: Offer, tokens: readonly (string | undefined)[]): string {
  const found = tokens.find((token) => token !== undefined && isForAndon(token, offer));
  if (!found) throw new Trouble("audience", offer.name);
  return found;
}

function isForAndon(token: string, { issuer, audience }: Offer): boolean {
  const { iss, aud, exp } = claimsOf(token) ?? {};
  const meant = Array.isArray(aud) ? aud : [aud];
  return iss === issuer && typeof exp === "number" && meant.some((one) => audience.includes(one));
}

function clientOf({ clientId }: Offer): oauth.Client {
  return { client_id: clientId, [oauth.clockTolerance]: 60 };
}

function ways({ issuer }: Offer) {
  const signal = () => AbortSignal.timeout(PATIENCE_MS);
  return { signal, [oauth.allowInsecureRequests]: issuer.startsWith("http:") };
}

/** Runs it, and tells what went wrong by the kinds we know. */
async function told<T>({ name }: Offer, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof Trouble ? error : troubleOf(error, name);
  }
}

function troubleOf(error: unknown, name: string): Trouble {
  if (error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError) {
    if (error.error === "access_denied") return new Trouble("denied", name, error.error_description);
    return new Trouble("refused", name, error.error_description ?? error.error);
  }
  if (error instanceof oauth.OperationProcessingError) {
    if (error.code === oauth.JWT_TIMESTAMP_CHECK) return new Trouble("clock", name);
    const isElsewhere = error.code === oauth.RESPONSE_IS_NOT_CONFORM || error.code === oauth.RESPONSE_IS_NOT_JSON;
    return new Trouble(isElsewhere ? "unreachable" : "mismatch", name);
  }
  if (error instanceof oauth.UnsupportedOperationError) return new Trouble("mismatch", name);
  return new Trouble("unreachable", name, "", error);
}
