import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { type ReactNode, useEffect, useMemo } from "react";
import { isOurs, type Refusal, useApi } from "../api";
import { useFreshPresence } from "../app/presence";
import { useSettings } from "../app/settings";
import { useIsLeasing } from "../app/useIsLeasing";
import { mayCall, useSession } from "../session";
import { refusalIn } from "./connection";
import { LiveStore } from "./store";
import { LiveContext } from "./useLive";

const LEASE_MS = 60_000;

/** Gives its children the live state of the signed-in person's tasks. It opens no stream by itself. */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const api = useApi();
  const session = useSession();
  const { credits } = useSettings();
  const isLeasing = useIsLeasing();
  useFreshPresence();
  const lease = isLeasing && mayCall(session, "ReviewService/Review");
  // biome-ignore lint/correctness/useExhaustiveDependencies: a wish that changes is told below, to the same store
  const store = useMemo(() => {
    const leaseMs = session.leaseDuration ? durationMs(session.leaseDuration) : LEASE_MS;
    return new LiveStore({ api, me: session.principal, leaseMs, wish: { lease, credits } });
  }, [api, session]);
  useEffect(() => store.wish({ lease, credits }), [store, lease, credits]);
  useEffect(() => {
    const hurry = () => document.hidden || store.hurry();
    const lost = () => store.lost();
    window.addEventListener("online", hurry);
    window.addEventListener("offline", lost);
    document.addEventListener("visibilitychange", hurry);
    return () => {
      window.removeEventListener("online", hurry);
      window.removeEventListener("offline", lost);
      document.removeEventListener("visibilitychange", hurry);
    };
  }, [store]);
  useEffect(() => {
    // A stream's refusal comes inside of its answer. Asking once more lets the session hear it, and show the sign-in, or find another token.
    let asked: Refusal | null = null;
    return store.subscribe(() => {
      const refusal = refusalIn(store.state().connection);
      if (refusal === asked || refusal?.code !== Code.Unauthenticated || !isOurs(refusal)) return;
      asked = refusal;
      api.session.getSession({}).then(
        () => store.hurry(),
        () => undefined,
      );
    });
  }, [store, api]);
  return <LiveContext value={store}>{children}</LiveContext>;
}
