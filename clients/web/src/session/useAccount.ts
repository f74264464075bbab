import type { ConnectError, Transport } from "@connectrpc/connect";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { type Api, createApi, type Refusal, refusalOf, type TransportOptions } from "../api";
import type { Session } from "../gen/andon/v1/session_service_pb";
import { serverClock } from "../live/clock";
import { Credential } from "./credential";
import { claimsOf, endOf, forgetSignOn, goodbyeOf, keptSignOn, type SignOn, takeAnswer } from "./signOn";
import { browserPlace, forgetToken, keepToken, keptToken } from "./token";
import { Trouble } from "./trouble";
import { leaveFor, pageAddress, useIssuer } from "./useIssuer";
import { begin, useLinkedToken } from "./useLinkedToken";

/** Where a sign-in stands. */
export type Account =
  | { readonly state: "signed-out"; readonly refusal: Refusal | null }
  | { readonly state: "checking" }
  | { readonly state: "failed"; readonly refusal: Refusal; readonly again: () => void }
  | {
      readonly state: "signed-in";
      readonly api: Api;
      readonly session: Session;
      readonly credential: Credential;
      /** Whether the server takes the credentials no longer; what is on the screen stays until there are others. */
      readonly isOver: boolean;
    };

export type MakeTransport = (
  options: Pick<TransportOptions, "token" | "bearer" | "renew" | "onUnauthenticated">,
) => Transport;

/** The sign-in of this tab: who it is, and how to change it. */
export function useAccount(makeTransport: MakeTransport) {
  const [answer] = useState(() => takeAnswer(browserPlace()));
  const [begun] = useState(() => begin(browserPlace()));
  const [token, setToken] = useState(answer ? null : begun.token);
  const [outcome, setOutcome] = useState<{ for: string; session?: Session; refusal?: Refusal } | null>(null);
  const [over, setOver] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [lastRefusal, setLastRefusal] = useState<Refusal | null>(null);

  const offer = useLinkedToken(begun.both, setToken);
  const issuer = useIssuer(answer, setToken);
  const credential = useMemo(
    () => (token ? new Credential(token, keptSignOn(browserPlace(), token), browserPlace()) : null),
    [token],
  );
  useEffect(() => credential?.watch(), [credential]);

  const { setTrouble } = issuer;
  const signOut = useCallback(() => {
    const signOn = credential?.signOn();
    const goodbye = signOn ? goodbyeOf(signOn, pageAddress()) : null;
    forget();
    setLastRefusal(null);
    setTrouble(null);
    setToken(null);
    if (goodbye) leaveFor(goodbye);
  }, [credential, setTrouble]);
  const signIn = useCallback(
    (text: string, stay: boolean) => {
      forgetSignOn(browserPlace());
      keepToken(browserPlace(), text, stay);
      setTrouble(null);
      setOutcome(null);
      setToken(text);
    },
    [setTrouble],
  );

  const known = useRef<string | null>(null);
  known.current = outcome?.session ? outcome.for : null;
  const api = useMemo(() => {
    if (!token || !credential) return null;
    const onUnauthenticated = (error: ConnectError) => {
      const signOn = credential.signOn();
      // Who signed in with an issuer can do so again at once; what they are at stays on the screen until then.
      if (signOn && known.current === token) return setOver(token);
      forget(credential.token());
      if (signOn) setTrouble(whyRefused(signOn));
      else setLastRefusal(refusalOf(error));
      setToken((current) => (current === token ? null : current));
    };
    const { token: bearer, renew } = credential;
    return createApi(makeTransport({ token, bearer, renew, onUnauthenticated }));
  }, [token, credential, makeTransport, setTrouble]);

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
  const told = outcome?.for === token ? outcome : null;
  const account: Account = issuer.isBusy
    ? { state: "checking" }
    : accountOf(api && credential && { api, credential, isOver: over === token }, told, lastRefusal, again);
  return { account, offer, signIn, signOut, issuer };
}

function accountOf(
  made: { readonly api: Api; readonly credential: Credential; readonly isOver: boolean } | null,
  outcome: { session?: Session; refusal?: Refusal } | null,
  refusal: Refusal | null,
  again: () => void,
): Account {
  if (!made) return { state: "signed-out", refusal };
  if (outcome?.session) return { state: "signed-in", ...made, session: outcome.session };
  if (outcome?.refusal) return { state: "failed", refusal: outcome.refusal, again };
  return { state: "checking" };
}

/** Why the server does not take what an issuer gave: it is over, or the server knows nobody of that name. */
function whyRefused({ bearer, offer }: SignOn): Trouble {
  if ((endOf(bearer) ?? 0) <= serverClock.now()) return new Trouble("over", offer.name);
  const { email, preferred_username: username } = claimsOf(bearer) ?? {};
  const name = [email, username].find((one) => typeof one === "string");
  return new Trouble("nobody", offer.name, typeof name === "string" ? name : "");
}

function forget(only?: string): void {
  const place = browserPlace();
  if (only === undefined || keptToken(place) === only) forgetSignOn(place);
  forgetToken(place, only);
}
