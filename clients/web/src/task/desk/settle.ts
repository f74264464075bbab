import { characterOf, isTyping, keys } from "../../keys";
import { Settling } from "./settling";

/** Keys after which words come: reject, correct, escalate, comment. */
export const LEADS = ["r", "c", "e", "m"] as const;
export type Lead = (typeof LEADS)[number];

/** This page's keys. */
export const settling = new Settling(new Set(LEADS));

/** Begins to listen to this page's keys, before anything acts on them; the answer ends it. */
export function listenToKeys(): () => void {
  const struck = (event: KeyboardEvent) =>
    settling.struck(characterOf(event), isTyping(event.target), performance.now(), keys.isBound(event));
  const focused = (event: FocusEvent) => isTyping(event.target) && settling.hasField();
  window.addEventListener("keydown", struck, { capture: true });
  window.addEventListener("focusin", focused);
  return () => {
    window.removeEventListener("keydown", struck, { capture: true });
    window.removeEventListener("focusin", focused);
  };
}
