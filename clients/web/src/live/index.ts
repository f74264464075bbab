/**
 * What is going on, live. `useLive()` is the state of the one stream of this tab: connection, my tasks, what waits, counts
 * by queue. It is open only while a component that called `useStream()` is shown. `useLiveTask(name)` is one task as it
 * stands, `useLiveEvents(listener)` every change as it comes, `useLiveStore()` the store itself: `renewed` and `dropped`
 * tell it what a call has just answered. `useNow(ms)` is the server's clock, ticking; `serverClock.now()` reads it once.
 */
export { ServerClock, serverClock } from "./clock";
export { type Connection, refusalIn } from "./connection";
export { LiveProvider } from "./LiveProvider";
export type { LiveEvent, LiveState, QueueCount } from "./state";
export type { LiveStore } from "./store";
export {
  useConnection,
  useHasQueues,
  useIsResting,
  useLive,
  useLiveEvents,
  useLiveStore,
  useLiveTask,
  useMineCount,
  useStream,
} from "./useLive";
export { useNow } from "./useNow";
