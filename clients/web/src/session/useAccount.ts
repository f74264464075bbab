import { Code, type ConnectError, type Transport } from "@connectrpc/connect";
import { useCallback, useEffect, useMemo, useState } from "react";
import { type Api, createApi, type Refusal, refusalOf, type TransportOptions } from "../api";
import type { Session } from "../gen/andon/v1/session_service_pb";
import { browserPlace, forgetToken, keepToken, keptToken, takeTokenFromLink } from "./token";

/** Where a sign-in stands. */
export type Account =
  | { readonly state: "signed-out"; readonly refusal: Refusal | null }
  | { readonly state: "checking" }
  | { readonly state: "failed"; readonly refusal: Refusal; readonly again: () => void }
  | { readonly state: "signed-in"; readonly api: Api; readonly session: Session };

export type MakeTransport = (options: Pick<TransportOptions, "token" | "onUnauthenticated">) => Transport;

/** The sign-in of this tab: who it is, and how to change it. */
export function useAccount(makeTransport: MakeTransport) {
  const [token, setToken] = useState(() => takeTokenFromLink(browserPlace()) ?? keptToken(browserPlace()));
  const [outcome, setOutcome] = useState<{ for: string; session?: Session; refusal?: Refusal } | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [lastRefusal, setLastRefusal] = useState<Refusal | null>(null);

  const signOut = useCallback((refusal: Refusal | null = null) => {
    forgetToken(browserPlace());
    setLastRefusal(refusal);
    setToken(null);
  }, []);
  const signIn = useCallback((text: string, stay: boolean) => {
    keepToken(browserPlace(), text, stay);
    setOutcome(null);
    setToken(text);
  }, []);
  const api = useMemo(() => {
    const onUnauthenticated = (error: ConnectError) => signOut(refusalOf(error));
    return token ? createApi(makeTransport({ token, onUnauthenticated })) : null;
  }, [token, makeTransport, signOut]);

  useLinkedToken(setToken);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt asks again
  useEffect(() => {
    if (!api || !token) return;
    const stop = new AbortController();
    api.session.getSession({}, { signal: stop.signal }).then(
      ({ session }) => session && setOutcome({ for: token, session }),
      (error: unknown) => {
        const refusal = refusalOf(error);
        if (!stop.signal.aborted && refusal.code !== Code.Unauthenticated) setOutcome({ for: token, refusal });
      },
    );
    return () => stop.abort();
  }, [api, token, attempt]);

  const again = useCallback(() => {
    setOutcome(null);
    setAttempt((count) => count + 1);
  }, []);
  const account = accountOf(api, outcome?.for === token ? outcome : null, lastRefusal, again);
  return { account, signIn, signOut };
}

function accountOf(
  api: Api | null,
  outcome: { session?: Session; refusal?: Refusal } | null,
  refusal: Refusal | null,
  again: () => void,
): Account {
  if (!api) return { state: "signed-out", refusal };
  if (outcome?.session) return { state: "signed-in", api, session: outcome.session };
  if (outcome?.refusal) return { state: "failed", refusal: outcome.refusal, again };
  return { state: "checking" };
}

/** A link with a token that is followed while the page is open changes the address alone; it counts as well. */
function useLinkedToken(use: (token: string) => void) {
  useEffect(() => {
    const look = () => {
      const token = takeTokenFromLink(browserPlace());
      if (token) use(token);
    };
    window.addEventListener("hashchange", look);
    return () => window.removeEventListener("hashchange", look);
  }, [use]);
}
