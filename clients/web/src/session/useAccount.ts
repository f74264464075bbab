import type { ConnectError, Transport } from "@connectrpc/connect";
import { useCallback, useEffect, useMemo, useState } from "react";
import { type Api, createApi, type Refusal, refusalOf, type TransportOptions } from "../api";
import type { Session } from "../gen/andon/v1/session_service_pb";
import { browserPlace, forgetToken, keepToken } from "./token";
import { begin, useLinkedToken } from "./useLinkedToken";

/** Where a sign-in stands. */
export type Account =
  | { readonly state: "signed-out"; readonly refusal: Refusal | null }
  | { readonly state: "checking" }
  | { readonly state: "failed"; readonly refusal: Refusal; readonly again: () => void }
  | { readonly state: "signed-in"; readonly api: Api; readonly session: Session };

export type MakeTransport = (options: Pick<TransportOptions, "token" | "onUnauthenticated">) => Transport;

/** The sign-in of this tab: who it is, and how to change it. */
export function useAccount(makeTransport: MakeTransport) {
  const [begun] = useState(() => begin(browserPlace()));
  const [token, setToken] = useState(begun.token);
  const [outcome, setOutcome] = useState<{ for: string; session?: Session; refusal?: Refusal } | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [lastRefusal, setLastRefusal] = useState<Refusal | null>(null);

  const offer = useLinkedToken(begun.both, setToken);
  const signOut = useCallback(() => {
    forgetToken(browserPlace());
    setLastRefusal(null);
    setToken(null);
  }, []);
  const signIn = useCallback((text: string, stay: boolean) => {
    keepToken(browserPlace(), text, stay);
    setOutcome(null);
    setToken(text);
  }, []);
  const api = useMemo(() => {
    const onUnauthenticated = (error: ConnectError) => {
      if (token) forgetToken(browserPlace(), token);
      setLastRefusal(refusalOf(error));
      setToken((current) => (current === token ? null : current));
    };
    return token ? createApi(makeTransport({ token, onUnauthenticated })) : null;
  }, [token, makeTransport]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt asks again
  useEffect(() => {
    if (!api || !token) return;
    const stop = new AbortController();
    api.session.getSession({}, { signal: stop.signal }).then(
      ({ session }) => session && setOutcome({ for: token, session }),
      (error: unknown) => {
        if (!stop.signal.aborted) setOutcome({ for: token, refusal: refusalOf(error) });
      },
    );
    return () => stop.abort();
  }, [api, token, attempt]);

  const again = useCallback(() => {
    setOutcome(null);
    setAttempt((count) => count + 1);
  }, []);
  const account = accountOf(api, outcome?.for === token ? outcome : null, lastRefusal, again);
  return { account, offer, signIn, signOut };
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
