import { useCallback, useEffect, useState } from "react";
import type { Offer } from "./offers";
import { type Answer, keepSignOn, type SignOn } from "./signOn";
import { browserPlace, keptToken } from "./token";
import { Trouble } from "./trouble";

/** Signing in with an issuer, from the button to the answer. */
export interface Issuer {
  /** Whether an answer is being looked at. */
  readonly isBusy: boolean;
  /** Whether the person is being sent away. */
  readonly isLeaving: boolean;
  readonly trouble: Trouble | null;
  readonly setTrouble: (trouble: Trouble | null) => void;
  /** Sends the person to the issuer. What was written here is kept on this device. */
  readonly go: (offer: Offer) => void;
}

const finishing = new WeakMap<Answer, Promise<SignOn>>();

/** An answer's one exchange, however often it is asked for: its code is good once. */
function finished(answer: Answer): Promise<SignOn> {
  const known = finishing.get(answer) ?? import("./oidc").then(({ finish }) => finish(answer));
  finishing.set(answer, known);
  return known;
}

/** `answer` is the one that the page was opened with, if any; `use` is told the token that comes of it. */
export function useIssuer(answer: Answer | null, use: (token: string | null) => void): Issuer {
  const [isFinishing, setFinishing] = useState(answer !== null);
  const [isLeaving, setLeaving] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);

  useEffect(() => {
    if (!answer) return;
    let isOff = false;
    finished(answer)
      .then(
        (signOn) => {
          keepSignOn(browserPlace(), signOn);
          if (!isOff) use(signOn.bearer);
        },
        (error: unknown) => {
          if (isOff) return;
          // Who was signed in stays so: a link that pretends to be an answer ends nothing.
          use(keptToken(browserPlace()));
          setTrouble(troubleOf(error, answer.asked?.offer));
        },
      )
      .finally(() => isOff || setFinishing(false));
    return () => {
      isOff = true;
    };
  }, [answer, use]);

  useEffect(() => {
    // A browser that goes back shows the page as it was left: on its way.
    const back = () => setLeaving(false);
    window.addEventListener("pageshow", back);
    return () => window.removeEventListener("pageshow", back);
  }, []);

  const go = useCallback((offer: Offer) => {
    setLeaving(true);
    setTrouble(null);
    import("./oidc")
      .then(({ begin }) => begin(offer, browserPlace(), pageAddress()))
      .then(leaveFor)
      .catch((error: unknown) => {
        setLeaving(false);
        setTrouble(troubleOf(error, offer));
      });
  }, []);
  return { isBusy: isFinishing, isLeaving, trouble, setTrouble, go };
}

/** Where the issuer sends people back to: the page itself. */
export function pageAddress(): string {
  return `${window.location.origin}${window.location.pathname}`;
}

/** Leaves this page. Tests look on. */
export function leaveFor(address: string): void {
  leaving.go(address);
}

export const leaving = { go: (address: string) => window.location.assign(address) };

function troubleOf(error: unknown, offer: Offer | undefined): Trouble {
  return error instanceof Trouble ? error : new Trouble("unreachable", offer?.name ?? "The issuer");
}
