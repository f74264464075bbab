import { useSyncExternalStore } from "react";
import type { Task } from "../../gen/andon/v1/task_pb";
import type { Deed } from "../desk/verdict";

/** What can be done with several tasks at once. A correction is about one. */
export type BulkDeed = Exclude<Deed, "correct">;

/** A bulk verdict that is being asked for or given. It outlives the selection: judged tasks leave the inbox. */
export interface AskedBulk {
  readonly verdict: BulkDeed;
  readonly tasks: readonly Task[];
  readonly onDone: () => void;
}

const listeners = new Set<() => void>();
let asked: AskedBulk | undefined;

export function askBulk(next: AskedBulk | undefined): void {
  asked = next;
  for (const listener of listeners) listener();
}

/** Whether one is asked for. What is struck before its dialog has come is for the dialog. */
export function isBulkAsked(): boolean {
  return asked !== undefined;
}

export function useAskedBulk(): AskedBulk | undefined {
  return useSyncExternalStore(subscribe, () => asked);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
