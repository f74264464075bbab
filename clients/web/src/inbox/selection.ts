import { useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
let selected: ReadonlySet<string> = new Set();

/** The names of the selected tasks. */
export function useSelection(): ReadonlySet<string> {
  return useSyncExternalStore(subscribe, () => selected);
}

/** Selects a task, or takes it out again. */
export function toggleSelected(name: string): void {
  const next = new Set(selected);
  if (!next.delete(name)) next.add(name);
  put(next);
}

/** Selects none. */
export function clearSelection(): void {
  if (selected.size) put(new Set());
}

/** Keeps of the selection what is still among these. */
export function keepSelected(names: ReadonlySet<string>): void {
  const kept = [...selected].filter((name) => names.has(name));
  if (kept.length !== selected.size) put(new Set(kept));
}

function put(next: ReadonlySet<string>): void {
  selected = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
