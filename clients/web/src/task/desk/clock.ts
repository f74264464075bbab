// Time as the desk's parts take it, so that tests own it.

import type { Shelf } from "../../app/storage";

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once after `ms`; the answer cancels it. */
  after(ms: number, call: () => void): () => void;
}

export const browserClock: Clock = {
  now: () => Date.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

export type { Shelf };

/** All keys of a shelf that begin with a prefix. */
export function keysOf(shelf: Shelf, prefix: string): string[] {
  const keys = Array.from({ length: shelf.length }, (_, at) => shelf.key(at));
  return keys.filter((key): key is string => key?.startsWith(prefix) ?? false);
}

/** Stores a value; says whether there was room. */
export function put(shelf: Shelf, key: string, value: object): boolean {
  try {
    shelf.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/** Reads a stored value that passes `check`; what does not is taken away. */
export function take<T>(shelf: Shelf, key: string, check: (value: unknown) => value is T): T | undefined {
  const text = shelf.getItem(key);
  if (text === null) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (check(value)) return value;
  } catch {
    // Not ours, or broken: it goes.
  }
  shelf.removeItem(key);
  return undefined;
}
