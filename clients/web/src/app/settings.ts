import { useSyncExternalStore } from "react";
import { browserShelf } from "./storage";

/** What a person has set for this browser. */
export interface Settings {
  /** How many tasks are leased at once, 1 to 20. */
  readonly credits: number;
  /** Whether tasks are leased to me at all; null where that was never set, see `useTakesTasks`. */
  readonly takesTasks: boolean | null;
  /** Cover what may upset until it is uncovered; images are blurred then until they are made sharp. */
  readonly blur: boolean;
  /** Show what may upset without colour at first. */
  readonly grey: boolean;
  /** Cover every image until it is uncovered, also where the policy does not say that it may upset. */
  readonly coverImages: boolean;
  /** Blur every image until it is made sharp. */
  readonly blurImages: boolean;
  /** Show every image without colour at first. */
  readonly greyImages: boolean;
  /** How long a verdict can be taken back before it is sent, 0 to 10 seconds. */
  readonly undoSeconds: number;
  /** Whether single characters are keys, such as `a` to approve. */
  readonly singleKeys: boolean;
}

const KEY = "andon.settings";
const DEFAULTS: Settings = {
  credits: 5,
  takesTasks: null,
  blur: true,
  grey: true,
  coverImages: false,
  blurImages: false,
  greyImages: false,
  undoSeconds: 5,
  singleKeys: true,
};
export const MOST_CREDITS = 20;
export const MOST_UNDO_SECONDS = 10;

const listeners = new Set<() => void>();
let current: Settings | null = null;

/** The settings, kept in this browser. */
export function useSettings(): Settings {
  return useSyncExternalStore(subscribe, settings);
}

/** The settings as they are now. */
export function settings(): Settings {
  current ??= parse(browserShelf().getItem(KEY));
  return current;
}

/** Changes some of them, and keeps them. */
export function changeSettings(change: Partial<Settings>): void {
  current = sane({ ...settings(), ...change });
  try {
    browserShelf().setItem(KEY, JSON.stringify(current));
  } catch {
    // No room: they hold as long as the page.
  }
  for (const listener of listeners) listener();
}

/** Settings from what was kept; anything unreadable is as if it had never been set. */
export function parse(text: string | null): Settings {
  try {
    const kept: unknown = JSON.parse(text ?? "{}");
    return sane({ ...DEFAULTS, ...(typeof kept === "object" ? kept : {}) });
  } catch {
    return DEFAULTS;
  }
}

function sane(given: Settings): Settings {
  const credits = Math.min(MOST_CREDITS, Math.max(1, Math.round(Number(given.credits)) || DEFAULTS.credits));
  const seconds = Number(given.undoSeconds);
  return {
    credits,
    takesTasks: typeof given.takesTasks === "boolean" ? given.takesTasks : null,
    blur: given.blur !== false,
    grey: given.grey !== false,
    coverImages: given.coverImages === true,
    blurImages: given.blurImages === true,
    greyImages: given.greyImages === true,
    singleKeys: given.singleKeys !== false,
    undoSeconds: Number.isFinite(seconds)
      ? Math.min(MOST_UNDO_SECONDS, Math.max(0, Math.round(seconds)))
      : DEFAULTS.undoSeconds,
  };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
