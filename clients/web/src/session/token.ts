import { browserShelf, type Shelf } from "../app/storage";

const KEY = "andon.token";

/** The parts of a browser that keep a token; a test gives its own. */
export interface Place {
  readonly location: Pick<Location, "hash" | "pathname" | "search">;
  readonly history: Pick<History, "replaceState" | "state">;
  readonly session: Shelf;
  readonly local: Shelf;
}

/** This browser. */
export function browserPlace(): Place {
  return {
    location: window.location,
    history: window.history,
    session: browserShelf("sessionStorage"),
    local: browserShelf("localStorage"),
  };
}

/**
 * The token of the link that was followed (`#token=…`, or `#/tasks/ID&token=…`), which is then gone from the address
 * bar and its history. Null where the link has none. It is not kept yet: another may be.
 */
export function takeTokenFromLink(place: Place): string | null {
  const found = /[#&?]token=([^&]*)/.exec(place.location.hash);
  if (!found) return null;
  const token = decode(found[1] ?? "").trim();
  const rest = place.location.hash.replace(found[0], "").replace(/^[&#]*/, "");
  const address = `${place.location.pathname}${place.location.search}${rest ? `#${rest}` : ""}`;
  place.history.replaceState(place.history.state, "", address);
  return token || null;
}

/** Keeps a link's token for this tab. One that stays signed in on this device stays, for other tabs and later. */
export function keepLinkedToken(place: Place, token: string): void {
  place.session.setItem(KEY, token);
}

/** The token kept on this device, or null. */
export function keptToken(place: Place): string | null {
  return place.session.getItem(KEY) ?? place.local.getItem(KEY);
}

/** Keeps a token for this tab, or with `stay` for this browser until sign-out. */
export function keepToken(place: Place, token: string, stay: boolean): void {
  forgetToken(place);
  (stay ? place.local : place.session).setItem(KEY, token);
}

/** Forgets the token everywhere on this device; with `only`, none but that one. */
export function forgetToken(place: Place, only?: string): void {
  for (const storage of [place.session, place.local]) {
    if (only === undefined || storage.getItem(KEY) === only) storage.removeItem(KEY);
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
