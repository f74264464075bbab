import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fakeIssuer, ISSUER, jwt, OFFER } from "../testing/fakeIssuer";
import { Credential } from "./credential";
import { offersIn } from "./offers";
import { begin, finish, renew } from "./oidc";
import { claimsOf, goodbyeOf, isSafe, keepSignOn, keptSignOn, type SignOn, takeAnswer } from "./signOn";
import { browserPlace, keptToken } from "./token";
import { Trouble, troubleWords } from "./trouble";

const PAGE = `${window.location.origin}/`;
let issuer: ReturnType<typeof fakeIssuer>;

beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
  issuer = fakeIssuer();
  vi.stubGlobal("fetch", issuer.fetch);
  // What Node answers is of another realm than jsdom's, which no browser knows.
  const digest = crypto.subtle.digest.bind(crypto.subtle);
  vi.spyOn(crypto.subtle, "digest").mockImplementation(
    async (name, data) => new Uint8Array(await digest(name, data)).slice().buffer,
  );
  window.history.replaceState(null, "", "/#/tasks/7");
});
afterEach(() => {
  vi.unstubAllGlobals();
  window.history.replaceState(null, "", "/");
});

/** Goes to the issuer; answers what it was asked. */
async function ask(): Promise<URLSearchParams> {
  const address = new URL(await begin(OFFER, browserPlace(), PAGE));
  expect(address.origin + address.pathname).toBe(`${ISSUER}/authorize`);
  issuer.nonce = address.searchParams.get("nonce") ?? "";
  return address.searchParams;
}

/** Comes back from the issuer with this in the address. */
async function comeBack(given: Record<string, string>): Promise<SignOn> {
  window.history.replaceState(null, "", `/?${new URLSearchParams(given)}#_=_`);
  const answer = takeAnswer(browserPlace());
  if (!answer) throw new Error("no answer in the address");
  return finish(answer);
}

async function signedIn(): Promise<SignOn> {
  const asked = await ask();
  return comeBack({ code: "one", state: asked.get("state") ?? "", iss: ISSUER });
}

const kind = (sign: Promise<unknown>) =>
  sign.then(
    () => "well",
    (error: unknown) => (error instanceof Trouble ? error.kind : error),
  );

async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace("=", "");
}

describe("a sign-in with an issuer", () => {
  test("asks for a code with PKCE, and exchanges it with the verifier and no secret", async () => {
    const asked = await ask();
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: "code",
      client_id: "page",
      redirect_uri: PAGE,
      scope: "openid offline_access",
      code_challenge_method: "S256",
      audience: "andon",
    });
    const signOn = await comeBack({ code: "one", state: asked.get("state") ?? "", iss: ISSUER });
    const [exchange] = issuer.asked;
    expect(Object.fromEntries(exchange ?? [])).toMatchObject({
      grant_type: "authorization_code",
      code: "one",
      client_id: "page",
      redirect_uri: PAGE,
    });
    expect(exchange?.has("client_secret")).toBe(false);
    expect(await challengeOf(exchange?.get("code_verifier") ?? "")).toBe(asked.get("code_challenge"));
    expect(claimsOf(signOn.bearer)).toMatchObject({ aud: "andon", sub: "anna" });
  });

  test("takes the answer from the address at once, and goes back to where the person was", async () => {
    const asked = await ask();
    window.history.replaceState(null, "", `/?code=one&state=${asked.get("state")}&session_state=x#_=_`);
    expect(takeAnswer(browserPlace())?.asked?.offer).toEqual(OFFER);
    expect(window.location.href).toBe(`${PAGE}#/tasks/7`);
    expect(sessionStorage.length).toBe(0);
    expect(takeAnswer(browserPlace())).toBeNull();
  });

  test.each(["?code=1", "?state=1", "?a=b"])("sees no answer in %s", (search) => {
    window.history.replaceState(null, "", `/${search}`);
    expect(takeAnswer(browserPlace())).toBeNull();
    expect(window.location.search).toBe(search);
  });

  test("takes an ID token that is meant for Andon, where the access token is not for others to read", async () => {
    issuer.access = () => "opaque";
    const offer = { ...OFFER, audience: ["page"] };
    const address = new URL(await begin(offer, browserPlace(), PAGE));
    issuer.nonce = address.searchParams.get("nonce") ?? "";
    expect(address.searchParams.has("audience")).toBe(false);
    const signOn = await comeBack({ code: "one", state: address.searchParams.get("state") ?? "" });
    expect(signOn.bearer).toBe(signOn.idToken);
  });

  test("keeps nothing but for this tab", async () => {
    const signOn = await signedIn();
    keepSignOn(browserPlace(), signOn);
    expect(localStorage.length).toBe(0);
    expect(keptToken(browserPlace())).toBe(signOn.bearer);
    expect(keptSignOn(browserPlace())).toEqual(signOn);
    expect(keptSignOn(browserPlace(), "another token")).toBeNull();
    expect(keptSignOn(browserPlace())).toBeNull();
  });
});

describe("nothing is taken from", () => {
  test("an answer that this tab has not asked for", async () => {
    expect(await kind(comeBack({ code: "one", state: "theirs" }))).toBe("unasked");
    await ask();
    expect(await kind(comeBack({ code: "one", state: "theirs" }))).toBe("unasked");
    expect(issuer.asked).toEqual([]);
  });

  test.each([
    ["of another issuer", { iss: "https://evil.example.com" }, {}],
    ["that does not say its issuer, where it should", {}, { authorization_response_iss_parameter_supported: true }],
  ])("an answer %s", async (_, given, metadata) => {
    const asked = await ask();
    issuer.metadata = metadata;
    const answer = { code: "one", state: asked.get("state") ?? "", ...given };
    expect(await kind(comeBack(answer))).toBe("mismatch");
    expect(issuer.asked).toEqual([]);
  });

  test.each([
    ["for another question", { nonce: "theirs" }, "mismatch"],
    ["of another issuer", { iss: "https://evil.example.com" }, "mismatch"],
    ["for another page", { aud: "theirs" }, "mismatch"],
    ["that has expired", { exp: 1 }, "clock"],
  ])("an ID token %s", async (_, claims, trouble) => {
    issuer.identity = claims;
    expect(await kind(signedIn())).toBe(trouble);
  });

  test("an issuer that names itself otherwise, or sends people elsewhere", async () => {
    issuer.metadata = { issuer: "https://evil.example.com" };
    expect(await kind(begin(OFFER, browserPlace(), PAGE))).toBe("mismatch");
    issuer.metadata = { authorization_endpoint: "javascript:alert(1)" };
    expect(await kind(begin(OFFER, browserPlace(), PAGE))).toBe("mismatch");
    expect(isSafe("http://id.example.com/", OFFER)).toBe(false);
    expect(isSafe("http://127.0.0.1:1/", { issuer: "http://127.0.0.1:1" })).toBe(true);
  });

  test.each([
    ["for others", () => jwt({ iss: ISSUER, aud: "mail", sub: "anna", exp: 9e9 })],
    ["without an end", () => jwt({ iss: ISSUER, aud: "andon", sub: "anna" })],
    ["that nobody can read", () => "opaque"],
  ])("an access token %s", async (_, access) => {
    issuer.access = access;
    expect(await kind(signedIn())).toBe("audience");
  });
});

describe("an issuer", () => {
  test("that says no is heard, in its words and ours", async () => {
    const asked = await ask();
    const given = { error: "access_denied", error_description: "Not on a Sunday", state: asked.get("state") ?? "" };
    const trouble: unknown = await comeBack(given).catch((error: unknown) => error);
    expect(trouble instanceof Trouble && troubleWords(trouble)).toBe(
      "Example did not let you in: access was denied. It says: “Not on a Sunday”.",
    );
  });

  test("that refuses the code is heard", async () => {
    issuer.error = "invalid_client";
    expect(await kind(signedIn())).toBe("refused");
  });

  test("that can't be reached is told of, before and after", async () => {
    issuer.isDown = true;
    expect(await kind(begin(OFFER, browserPlace(), PAGE))).toBe("unreachable");
    issuer.isDown = false;
    const asked = await ask();
    issuer.isDown = true;
    expect(await kind(comeBack({ code: "one", state: asked.get("state") ?? "" }))).toBe("unreachable");
  });

  test("is told goodbye where it says by which address", async () => {
    const signOn = await signedIn();
    const address = new URL(goodbyeOf(signOn, PAGE) ?? "");
    expect(address.pathname).toBe("/logout");
    expect(Object.fromEntries(address.searchParams)).toEqual({
      id_token_hint: signOn.idToken,
      client_id: "page",
      post_logout_redirect_uri: PAGE,
    });
    const { end_session_endpoint: _, ...silent } = signOn.server;
    expect(goodbyeOf({ ...signOn, server: silent }, PAGE)).toBeNull();
  });
});

describe("renewing", () => {
  test("uses up a refresh token for the next one", async () => {
    const first = await signedIn();
    issuer.refresh = "refresh-2";
    const second = await renew(first);
    expect(issuer.asked.at(-1)?.get("refresh_token")).toBe("refresh-1");
    expect(second.refresh).toBe("refresh-2");
    issuer.refresh = undefined;
    expect((await renew(second)).refresh).toBe("refresh-2");
  });

  test("ends where the tokens are somebody else's", async () => {
    const first = await signedIn();
    issuer.access = () => jwt({ iss: ISSUER, aud: "andon", sub: "bob", exp: 9e9 });
    expect(await kind(renew(first))).toBe("mismatch");
  });

  test("is asked for once by all calls that were refused together, and keeps what comes", async () => {
    const signOn = await signedIn();
    const credential = new Credential(signOn.bearer, signOn, browserPlace(), renew);
    const refused = credential.token();
    issuer.access = () => jwt({ iss: ISSUER, aud: "andon", sub: "anna", exp: 9e9 });
    expect(await Promise.all([credential.renew(refused), credential.renew(refused)])).toEqual([true, true]);
    expect(issuer.asked).toHaveLength(2);
    expect(credential.token()).not.toBe(refused);
    expect(keptToken(browserPlace())).toBe(credential.token());
    expect(await credential.renew(refused)).toBe(true);
    expect(issuer.asked).toHaveLength(2);
  });

  test("is not tried without a refresh token, nor again with one that was refused, but after silence", async () => {
    issuer.refresh = undefined;
    const signOn = await signedIn();
    const plain = new Credential(signOn.bearer, signOn, browserPlace(), renew);
    expect(await plain.renew(plain.token())).toBe(false);
    expect(issuer.asked).toHaveLength(1);
    const credential = new Credential(signOn.bearer, { ...signOn, refresh: "old" }, browserPlace(), renew);
    issuer.isDown = true;
    expect(await credential.renew(credential.token())).toBe(false);
    expect(credential.signOn()?.refresh).toBe("old");
    issuer.isDown = false;
    issuer.error = "invalid_grant";
    expect(await credential.renew(credential.token())).toBe(false);
    expect(credential.signOn()?.refresh).toBeUndefined();
    expect(issuer.asked).toHaveLength(2);
  });

  test("begins before the token ends", async () => {
    vi.useFakeTimers();
    try {
      const now = Math.floor(Date.now() / 1000);
      const token = (end: number) => jwt({ iss: ISSUER, aud: "andon", sub: "anna", exp: now + end });
      const kept = (end: number): SignOn => ({
        offer: OFFER,
        server: { issuer: ISSUER, token_endpoint: `${ISSUER}/token` },
        bearer: token(end),
        refresh: "one",
      });
      const asked = vi.fn(async () => kept(1200));
      const credential = new Credential(token(600), kept(600), browserPlace(), asked, () => Date.now());
      const stop = credential.watch();
      await vi.advanceTimersByTimeAsync(530_000);
      expect(asked).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(15_000);
      expect(asked).toHaveBeenCalledTimes(1);
      expect(credential.token()).toBe(token(1200));
      await vi.advanceTimersByTimeAsync(60_000);
      expect(asked).toHaveBeenCalledTimes(1);
      stop();
      await vi.advanceTimersByTimeAsync(3_600_000);
      expect(asked).toHaveBeenCalledTimes(1);
    } finally {
      vi.useRealTimers();
    }
  });
});

test("what a server offers is read as far as it is an offer", () => {
  const good = { issuer: ISSUER, client_id: "page", name: "", scopes: ["openid", "x"], audience: ["andon"] };
  expect(offersIn({ issuers: [good, { issuer: "nothing", client_id: "page" }, null] })).toEqual([
    { issuer: ISSUER, clientId: "page", name: "id.example.com", scopes: ["openid", "x"], audience: ["andon"] },
  ]);
  for (const other of [null, [], {}, { issuers: {} }, "<html>"]) expect(offersIn(other)).toEqual([]);
});
