import { useCallback, useSyncExternalStore } from "react";
import { serverClock } from "./clock";

interface Ticker {
  now: number;
  timer: ReturnType<typeof setInterval> | undefined;
  readonly listeners: Set<() => void>;
}

const tickers = new Map<number, Ticker>();

/** Now by the server's clock, in milliseconds since the epoch, anew every `every` milliseconds. All who ask share a tick. */
export function useNow(every = 1000): number {
  const subscribe = useCallback((listener: () => void) => listen(tickerOf(every), every, listener), [every]);
  return useSyncExternalStore(subscribe, () => tickerOf(every).now);
}

function tickerOf(every: number): Ticker {
  const known = tickers.get(every);
  if (known) return known;
  const made: Ticker = { now: serverClock.now(), timer: undefined, listeners: new Set() };
  tickers.set(every, made);
  return made;
}

function listen(ticker: Ticker, every: number, listener: () => void): () => void {
  ticker.listeners.add(listener);
  if (!ticker.timer) {
    ticker.now = serverClock.now();
    ticker.timer = setInterval(() => tick(ticker), every);
  }
  return () => {
    ticker.listeners.delete(listener);
    if (ticker.listeners.size) return;
    clearInterval(ticker.timer);
    ticker.timer = undefined;
  };
}

function tick(ticker: Ticker): void {
  ticker.now = serverClock.now();
  for (const listener of ticker.listeners) listener();
}
