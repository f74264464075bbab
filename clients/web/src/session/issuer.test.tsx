import { Code, ConnectError, createRouterTransport, type Transport } from "@connectrpc/connect";
import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { callInterceptors } from "../api/transport";
import { SessionEnd } from "../app/SessionEnd";
import { browserForTests } from "../decisions/testPage";
import { SessionService } from "../gen/andon/v1/session_service_pb";
import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb";
import { fakeIssuer, ISSUER, jwt, OFFER } from "../testing/fakeIssuer";
import { useSession, useSignOut } from "./context";
import { SessionGate } from "./SessionGate";
import { keepSignOn, keptSignOn, type SignOn } from "./signOn";
import { browserPlace, keptToken } from "./token";
import type { MakeTransport } from "./useAccount";
import { leaving } from "./useIssuer";

browserForTests();
let issuer: ReturnType<typeof fakeIssuer>;
let offered: unknown;
let takes: (token: string) => boolean;
let left: string[];

beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
  issuer = fakeIssuer();
  takes = () => true;
  left = [];
  const { clientId: client_id, ...offer } = OFFER;
  offered = { issuers: [{ ...offer, client_id }] };
  vi.spyOn(leaving, "go").mockImplementation((address) => void left.push(address));
  vi.stubGlobal("fetch", (input: RequestInfo | URL, init?: RequestInit) =>
    String(input).endsWith("/.well-known/andon.json")
      ? Promise.resolve(new Response(JSON.stringify(offered)))
      : issuer.fetch(input, init),
  );
  const digest = crypto.subtle.digest.bind(crypto.subtle);
  vi.spyOn(crypto.subtle, "digest").mockImplementation(
    async (name, data) => new Uint8Array(await digest(name, data)).slice().buffer,
  );
});
afterEach(() => {
  vi.unstubAllGlobals();
  window.history.replaceState(null, "", "/");
});

const makeTransport: MakeTransport = (options): Transport =>
  createRouterTransport(
    ({ service }) =>
      service(SessionService, {
        getSession: (_, { requestHeader }) => {
          if (takes(requestHeader.get("authorization") ?? "")) return { session: { principal: "anna" } };
          const reason = { reason: "CREDENTIALS_INVALID", domain: "andon.dev", metadata: {} };
          throw new ConnectError("Not taken.", Code.Unauthenticated, undefined, [
            { desc: ErrorInfoSchema, value: reason },
          ]);
        },
      }),
    { transport: { interceptors: callInterceptors({ server: "", ...options }) } },
  );

function Me() {
  const signOut = useSignOut();
  return (
    <p>
      I am {useSession().principal}{" "}
      <button type="button" onClick={signOut}>
        Leave
      </button>
    </p>
  );
}

function open(address: string): void {
  window.history.replaceState(null, "", address);
  render(
    <MantineProvider env="test" defaultColorScheme="light" withCssVariables={false} withGlobalClasses={false}>
      <SessionGate makeTransport={makeTransport} server="here" base="">
        <SessionEnd />
        <Me />
      </SessionGate>
    </MantineProvider>,
  );
}

/** Goes to the issuer by the button; answers what it was asked. */
async function leave(): Promise<URLSearchParams> {
  fireEvent.click(await screen.findByRole("button", { name: "Sign in with Example" }));
  await waitFor(() => expect(left).toHaveLength(1));
  const asked = new URL(left[0] ?? "").searchParams;
  issuer.nonce = asked.get("nonce") ?? "";
  return asked;
}

const kept = (end: number, changes: Partial<SignOn> = {}): SignOn => ({
  offer: OFFER,
  server: { issuer: ISSUER, token_endpoint: `${ISSUER}/token`, end_session_endpoint: `${ISSUER}/logout` },
  bearer: jwt({ iss: ISSUER, aud: "andon", sub: "anna", exp: Math.floor(Date.now() / 1000) + end }),
  ...changes,
});

test("the issuers of the server are offered, and a token as ever", async () => {
  open("/#/inbox");
  await screen.findByRole("button", { name: "Sign in with Example" });
  expect(screen.queryByLabelText("Token")).toBeNull();
  fireEvent.click(screen.getByRole("button", { name: "Use a token instead" }));
  expect(screen.getByLabelText("Token")).toBeTruthy();
});

test("where there are none, there is the token", async () => {
  offered = "<html>";
  open("/");
  expect(await screen.findByLabelText("Token")).toBeTruthy();
  expect(screen.queryByRole("button", { name: /Sign in with/ })).toBeNull();
});

test("somebody goes to the issuer and comes back signed in", async () => {
  open("/#/tasks/7");
  const asked = await leave();
  document.body.replaceChildren();
  open(`/?code=one&state=${asked.get("state")}&iss=${encodeURIComponent(ISSUER)}`);
  expect(await screen.findByText(/I am anna/)).toBeTruthy();
  expect(window.location.href).toBe(`${window.location.origin}/#/tasks/7`);
});

test("an answer that nobody has asked for signs nobody in, and nobody out", async () => {
  open("/?code=one&state=theirs");
  expect((await screen.findByRole("alert")).textContent).toContain("was not begun in this tab");
  document.body.replaceChildren();
  keepSignOn(browserPlace(), kept(600));
  open("/?code=one&state=theirs");
  expect(await screen.findByText(/I am anna/)).toBeTruthy();
  expect(issuer.asked).toEqual([]);
});

test("whom the server does not know is told so, and by which name they came", async () => {
  takes = () => false;
  issuer.access = () => jwt({ iss: ISSUER, aud: "andon", sub: "1", email: "otto@example.com", exp: 9e9 });
  issuer.refresh = undefined;
  open("/");
  const asked = await leave();
  document.body.replaceChildren();
  open(`/?code=one&state=${asked.get("state")}`);
  const words = "Example knows you as otto@example.com, but you have no rights here.";
  expect((await screen.findByRole("alert")).textContent).toContain(words);
  expect(keptToken(browserPlace())).toBeNull();
  expect(sessionStorage.length).toBe(0);
});

test("a sign-in that ends leaves what is on the screen, and offers another", async () => {
  keepSignOn(browserPlace(), kept(30));
  open("/#/tasks/7");
  await screen.findByText(/I am anna/);
  expect(await screen.findByText(/Your sign-in ends in a minute/)).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Sign in again" }));
  await waitFor(() => expect(left[0]).toContain(`${ISSUER}/authorize`));
  expect(screen.getByText(/I am anna/)).toBeTruthy();
});

test("a kept sign-in that is over is said to be, and an expired one with a refresh token goes on", async () => {
  takes = (header) => !header.endsWith(kept(-60).bearer);
  keepSignOn(browserPlace(), kept(-60));
  open("/");
  expect((await screen.findByRole("alert")).textContent).toContain("Your sign-in with Example has ended.");
  document.body.replaceChildren();
  keepSignOn(browserPlace(), kept(-60, { refresh: "one" }));
  open("/");
  expect(await screen.findByText(/I am anna/)).toBeTruthy();
  expect(issuer.asked.map((each) => each.get("grant_type"))).toEqual(["refresh_token"]);
});

test("who signs out is signed out at the issuer as well, and nothing is left here", async () => {
  keepSignOn(browserPlace(), kept(6000, { idToken: "who" }));
  open("/");
  await screen.findByText(/I am anna/);
  fireEvent.click(screen.getByRole("button", { name: "Leave" }));
  expect(left[0]).toContain(`${ISSUER}/logout?id_token_hint=who`);
  expect(keptSignOn(browserPlace())).toBeNull();
  expect(sessionStorage.length).toBe(0);
});
