import { useCallback, useSyncExternalStore } from "react";
import { useSignOut } from "../../session";
import { useDesk } from "./useDesk";

/** A sign-out that waits for the answer to what it would take away. */
export interface AskedSignOut {
  /** On how many tasks something is written that was not sent. */
  readonly unsent: number;
  readonly goOn: () => void;
}

const listeners = new Set<() => void>();
let asked: AskedSignOut | undefined;

export function askSignOut(next: AskedSignOut | undefined): void {
  asked = next;
  for (const listener of listeners) listener();
}

export function useAskedSignOut(): AskedSignOut | undefined {
  return useSyncExternalStore(subscribe, () => asked);
}

/** Signs out and leaves nothing that was written on this device; asks first where something of it was not sent. */
export function useLeaveDesk(): () => void {
  const desk = useDesk();
  const signOut = useSignOut();
  return useCallback(() => {
    const goOn = () => {
      desk.clear();
      signOut();
    };
    const unsent = desk.unsent();
    if (unsent > 0) askSignOut({ unsent, goOn });
    else goOn();
  }, [desk, signOut]);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
