import { browserShelf, type Shelf } from "../../app/storage";
import { newRequestId } from "./verdict";

const KEY = "andon.tab.1";
let known: string | undefined;

/** This tab's id. It is laid down when the page goes and taken up when it comes back, so a copied tab gets its own. */
export function tabId(): string {
  known ??= takeUp() ?? newRequestId();
  return known;
}

/** Lays the id down for the page that comes next in this tab. */
export function leaveTabId(id: string): void {
  // Without storage the next page waits until the verdict counts as left alone.
  try {
    shelf().setItem(KEY, id);
  } catch {
    // No room: as without storage.
  }
}

function takeUp(): string | undefined {
  const kept = shelf().getItem(KEY);
  shelf().removeItem(KEY);
  return kept ?? undefined;
}

function shelf(): Shelf {
  return browserShelf("sessionStorage");
}
