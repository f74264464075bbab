import { useSyncExternalStore } from "react";
import type { Task } from "../../gen/andon/v1/task_pb";

/** A bulk verdict that is being asked for or given. It outlives the selection: judged tasks leave the inbox. */
export interface AskedBulk {
  readonly verdict: "approve" | "reject";
  readonly tasks: readonly Task[];
  readonly onDone: () => void;
}

const listeners = new Set<() => void>();
let asked: AskedBulk | undefined;

export function askBulk(next: AskedBulk | undefined): void {
  asked = next;
  for (const listener of listeners) listener();
}

export function useAskedBulk(): AskedBulk | undefined {
  return useSyncExternalStore(subscribe, () => asked);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
