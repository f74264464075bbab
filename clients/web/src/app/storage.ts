/** The part of a browser's storage that the page needs. */
export type Shelf = Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem">;
export type ShelfName = "localStorage" | "sessionStorage";

const PROBE = "andon.probe";
const inMemory = new Map<ShelfName, Shelf>();

/** The browser's storage; where it gives none (blocked, some private windows) one in memory, lasting as the page does. */
export function browserShelf(name: ShelfName = "localStorage"): Shelf {
  if (!inMemory.has(name) && works(name)) return window[name];
  const shelf = inMemory.get(name) ?? memoryShelf();
  inMemory.set(name, shelf);
  return shelf;
}

/** Whether what is written on this page is still there when the page is opened again. */
export function outlivesPage(): boolean {
  browserShelf();
  return !inMemory.has("localStorage");
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

const tried = new Set<ShelfName>();

/** Whether a storage takes anything. One that is full works: what is on it can be read and taken away. */
function works(name: ShelfName): boolean {
  if (tried.has(name)) return true;
  try {
    const shelf = window[name];
    if (shelf.length === 0) {
      shelf.setItem(PROBE, "");
      shelf.removeItem(PROBE);
    }
    tried.add(name);
    return true;
  } catch {
    return false;
  }
}
