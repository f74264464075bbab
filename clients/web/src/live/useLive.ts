import { createContext, use, useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import type { Task } from "../gen/andon/v1/task_pb";
import type { Connection } from "./connection";
import type { LiveEvent, LiveState } from "./state";
import type { LiveStore } from "./store";

export const LiveContext = createContext<LiveStore | null>(null);

/** The store of this tab's stream. */
export function useLiveStore(): LiveStore {
  const store = use(LiveContext);
  if (!store) throw new Error("useLive outside of LiveProvider");
  return store;
}

/** Everything the stream has told, as it stands. */
export function useLive(): LiveState {
  const store = useLiveStore();
  return useSyncExternalStore(store.subscribe, store.state);
}

/** How the stream stands, and nothing else: rendered anew only when that changes. */
export function useConnection(): Connection {
  const store = useLiveStore();
  return useSyncExternalStore(store.subscribe, () => store.state().connection);
}

/** How many tasks are leased to me, and nothing else. */
export function useMineCount(): number {
  const store = useLiveStore();
  return useSyncExternalStore(store.subscribe, () => store.state().mine.length);
}

/** Whether nobody is there, so that none is leased to me, and nothing else. */
export function useIsResting(): boolean {
  const store = useLiveStore();
  return useSyncExternalStore(store.subscribe, () => store.state().resting);
}

/** Whether tasks of more than one queue have been seen, and nothing else. */
export function useHasQueues(): boolean {
  const store = useLiveStore();
  return useSyncExternalStore(store.subscribe, () => store.state().queues.length > 1);
}

/** Holds the stream open while the component is shown. */
export function useStream(): void {
  const store = useLiveStore();
  useEffect(() => store.use(), [store]);
}

/** One task as the stream has told it, or undefined; whole only where it is leased to me. */
export function useLiveTask(name: string): Task | undefined {
  const store = useLiveStore();
  const read = useCallback(() => store.task(name), [store, name]);
  return useSyncExternalStore(store.subscribe, read);
}

/** Tells every change as it comes. */
export function useLiveEvents(listener: (event: LiveEvent) => void): void {
  const store = useLiveStore();
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => store.onEvent((event) => latest.current(event)), [store]);
}
