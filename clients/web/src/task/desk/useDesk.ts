import { useMemo, useSyncExternalStore } from "react";
import { type Api, useApi } from "../../api";
import { type LiveStore, useLiveStore } from "../../live";
import { useSession } from "../../session";
import { type Desk, makeDesk } from "./desk";
import type { LeaseView } from "./keeper";
import type { PendingVerdict } from "./verdict";

const desks = new WeakMap<LiveStore, Desk>();

/** The desk of the person who is signed in: one for each live store, whoever asks. */
export function useDesk(): Desk {
  const api = useApi();
  const { principal } = useSession();
  const live = useLiveStore();
  return useMemo(() => deskOf(live, api, principal), [live, api, principal]);
}

/** Verdicts that are held, on their way or refused, oldest first. */
export function usePending(): readonly PendingVerdict[] {
  const { outbox } = useDesk();
  return useSyncExternalStore(outbox.subscribe, outbox.snapshot);
}

/** What another tab of this person has decided about a task and is sending, if anything. */
export function useElsewhere(task: string): PendingVerdict | undefined {
  const { outbox } = useDesk();
  return useSyncExternalStore(outbox.subscribe, () => outbox.elsewhere().find((one) => one.task === task));
}

/** Whether another tab writes about the same task. */
export function useIsDoubled(task: string): boolean {
  const { drafts } = useDesk();
  return useSyncExternalStore(drafts.subscribe, () => drafts.isDoubled(task));
}

/** How the lease of a task stands, as far as this page keeps it. */
export function useLease(task: string): LeaseView | undefined {
  const { keeper } = useDesk();
  return useSyncExternalStore(keeper.subscribe, () => keeper.snapshot().get(task));
}

function deskOf(live: LiveStore, api: Api, principal: string): Desk {
  const desk = desks.get(live) ?? makeDesk(api, principal, live);
  desks.set(live, desk);
  return desk;
}
