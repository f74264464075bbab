import { useEffect, useState } from "react";
import { loadOffers, type Offer } from "./offers";

/** The issuers that the server offers, asked once somebody has to sign in; undefined until they are known. */
export function useOffers(base: string, isWanted: boolean): readonly Offer[] | undefined {
  const [offers, setOffers] = useState<readonly Offer[]>();
  useEffect(() => {
    if (!isWanted) return;
    const stop = new AbortController();
    // A server that is slow to answer keeps nobody from the token.
    const timer = setTimeout(() => setOffers((known) => known ?? []), PATIENCE_MS);
    void loadOffers(base, stop.signal).then((found) => stop.signal.aborted || setOffers((known) => known ?? found));
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [base, isWanted]);
  return offers;
}

const PATIENCE_MS = 3_000;
