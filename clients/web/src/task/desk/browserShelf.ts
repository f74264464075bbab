import type { Shelf } from "./clock";

/** localStorage, or a shelf in memory where the browser gives none (private windows, blocked storage). */
export function browserShelf(): Shelf {
  try {
    const shelf = window.localStorage;
    shelf.getItem("andon");
    return shelf;
  } catch {
    return memoryShelf();
  }
}

/** A shelf that lasts as long as the page. */
export function memoryShelf(): Shelf {
  const kept = new Map<string, string>();
  return {
    get length() {
      return kept.size;
    },
    key: (index) => [...kept.keys()][index] ?? null,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}
