import type { Offer } from "../session/offers";

export const ISSUER = "https://id.example.com";
export const OFFER: Offer = {
  issuer: ISSUER,
  clientId: "page",
  name: "Example",
  scopes: ["openid", "offline_access"],
  audience: ["andon"],
};

/** A JWT as far as a page looks at it: nobody has signed it. */
export function jwt(claims: Record<string, unknown>): string {
  const part = (value: unknown) =>
    btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${part({ alg: "RS256", kid: "one" })}.${part(claims)}.c2lnbmVk`;
}

/** What an issuer answers, with everything to be changed by a test. Times are in seconds. */
export function fakeIssuer() {
  const now = () => Math.floor(Date.now() / 1000);
  const issuer = {
    /** Members of the discovery document beside the usual ones. */
    metadata: {} as Record<string, unknown>,
    /** Claims of the ID token beside the usual ones. */
    identity: {} as Record<string, unknown>,
    access: (): string => jwt({ iss: ISSUER, aud: "andon", sub: "anna", exp: now() + 600 }),
    refresh: "refresh-1" as string | undefined,
    /** The error of the token endpoint, if it gives one. */
    error: "",
    isDown: false,
    /** What the token endpoint was asked, newest last. */
    asked: [] as URLSearchParams[],
    nonce: "",
    fetch: async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
      const address = input instanceof Request ? input.url : String(input);
      if (issuer.isDown) throw new TypeError("Failed to fetch");
      if (address === `${ISSUER}/.well-known/openid-configuration`) return json(discovery(issuer.metadata));
      if (address !== `${ISSUER}/token`) return json({}, 404);
      issuer.asked.push(new URLSearchParams(String(init?.body ?? "")));
      if (issuer.error) return json({ error: issuer.error, error_description: "not this time" }, 400);
      const { nonce } = issuer;
      const claims = { iss: ISSUER, aud: "page", sub: "anna", iat: now(), exp: now() + 600, nonce, ...issuer.identity };
      const refresh = issuer.refresh ? { refresh_token: issuer.refresh } : {};
      return json({ access_token: issuer.access(), token_type: "Bearer", id_token: jwt(claims), ...refresh });
    },
  };
  return issuer;
}

function discovery(changes: Record<string, unknown>): Record<string, unknown> {
  return {
    issuer: ISSUER,
    authorization_endpoint: `${ISSUER}/authorize`,
    token_endpoint: `${ISSUER}/token`,
    end_session_endpoint: `${ISSUER}/logout`,
    ...changes,
  };
}

function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
}
