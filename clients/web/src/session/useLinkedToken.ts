import { useEffect, useMemo, useState } from "react";
import { browserPlace, keepLinkedToken, keptToken, type Place, takeTokenFromLink } from "./token";

/** The token of a link, and another one that is kept already. */
interface Both {
  readonly linked: string;
  readonly kept: string;
}

/** A link that would sign in as somebody, while another token is kept: which of them counts is asked. */
export interface Offer extends Both {
  readonly take: () => void;
  readonly decline: () => void;
}

/** What the tab begins with: a token, or two that differ, of which none counts before the answer. */
export function begin(place: Place): { readonly token: string | null; readonly both: Both | null } {
  const linked = takeTokenFromLink(place);
  const kept = keptToken(place);
  if (linked && kept && linked !== kept) return { token: null, both: { linked, kept } };
  if (linked && !kept) keepLinkedToken(place, linked);
  return { token: linked ?? kept, both: null };
}

/**
 * What is to be asked, if anything, and by whose answer `use` is told a token. A link that is followed while the page is
 * open changes the address alone; it counts as well.
 */
export function useLinkedToken(first: Both | null, use: (token: string) => void): Offer | null {
  const [both, setBoth] = useState(first);
  useEffect(() => {
    const look = () => {
      const place = browserPlace();
      if (!/token=/.test(place.location.hash)) return;
      const found = begin(place);
      setBoth(found.both);
      if (found.token) use(found.token);
    };
    window.addEventListener("hashchange", look);
    return () => window.removeEventListener("hashchange", look);
  }, [use]);
  return useMemo(() => {
    if (!both) return null;
    const answer = (token: string) => {
      setBoth(null);
      use(token);
    };
    const take = () => {
      keepLinkedToken(browserPlace(), both.linked);
      answer(both.linked);
    };
    return { ...both, take, decline: () => answer(both.kept) };
  }, [both, use]);
}
