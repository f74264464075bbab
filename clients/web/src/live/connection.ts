import { Code } from "@connectrpc/connect";
import { isOurs, type Refusal, refusalOf } from "../api";
import type { StreamResponse } from "../gen/andon/v1/review_service_pb";
import { StreamEventType } from "../gen/andon/v1/review_service_pb";
import { pauseAfter } from "./backoff";
import type { Pulse } from "./pulse";

/** How the stream stands. `waiting` tries again `at` (this device's clock, ms); `refused` does so only when asked. */
export type Connection =
  | { readonly status: "closed" }
  | { readonly status: "connecting" }
  | { readonly status: "live" }
  | { readonly status: "waiting"; readonly at: number; readonly refusal: Refusal | null }
  | { readonly status: "offline" }
  | { readonly status: "refused"; readonly refusal: Refusal };

/** What a connection needs of its surroundings. */
export interface Surroundings {
  readonly open: (signal: AbortSignal) => AsyncIterable<StreamResponse>;
  readonly onMessage: (message: StreamResponse) => void;
  readonly onOpening: () => void;
  readonly onChange: (connection: Connection) => void;
  readonly isOnline: () => boolean;
  /** How long a stream that is alive may be silent. */
  readonly pulse: Pulse;
}

/** Asking again does not help where Andon says one of these; a gateway's word for it may be another in a moment. */
const FINAL: ReadonlySet<Code> = new Set([
  Code.Unauthenticated,
  Code.PermissionDenied,
  Code.Unimplemented,
  Code.InvalidArgument,
  Code.NotFound,
]);
/** A stream that ended sooner than this was not drained but turned away. */
const SHORT_MS = 1000;

/** The refusal that a connection carries, if any. */
export function refusalIn(connection: Connection): Refusal | null {
  return "refusal" in connection ? connection.refusal : null;
}

/** Keeps one stream open until it is stopped, and says how it stands. */
export class StreamKeeper {
  readonly #around: Surroundings;
  #stop: AbortController | null = null;
  #failures = 0;
  #heard = 0;
  #cut: () => void = () => {};
  #wake: () => void = () => {};

  constructor(around: Surroundings) {
    this.#around = around;
  }

  start(): void {
    if (this.#stop) return;
    this.#stop = new AbortController();
    this.#failures = 0;
    void this.#keep(this.#stop.signal);
  }

  stop(): void {
    this.#stop?.abort();
    this.#stop = null;
    this.#wake();
    this.#around.onChange({ status: "closed" });
  }

  /** Tries again now instead of later, and trusts no stream that has been silent for long: a device may have slept. */
  hurry(): void {
    if (Date.now() - this.#heard > this.#around.pulse.silenceMs / 2) this.#cut();
    this.#wake();
  }

  /** The network is gone: a stream that is open is dead and does not know it yet. */
  lost(): void {
    this.#cut();
    this.#wake();
  }

  async #keep(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      const began = Date.now();
      this.#around.onChange({ status: "connecting" });
      const failure = await this.#read(stopped);
      if (stopped.aborted) return;
      if (!failure && Date.now() - began >= SHORT_MS) continue;
      this.#failures += 1;
      await this.#pause(failure, stopped);
    }
  }

  /** Reads one stream to its end: null where it ended well, which is how a server that goes down takes its leave. */
  async #read(stopped: AbortSignal): Promise<Refusal | null> {
    const cut = new AbortController();
    const follow = () => cut.abort();
    this.#cut = follow;
    this.#heard = Date.now();
    stopped.addEventListener("abort", follow, { once: true });
    const { pulse } = this.#around;
    let spoke = false;
    const tooLong = () => {
      if (spoke) pulse.missed();
      follow();
    };
    let watchdog = setTimeout(tooLong, pulse.silenceMs);
    try {
      this.#around.onOpening();
      for await (const message of this.#around.open(cut.signal)) {
        if (stopped.aborted) return null;
        if (spoke && message.type === StreamEventType.HEARTBEAT) pulse.beat(Date.now() - this.#heard);
        spoke = true;
        this.#heard = Date.now();
        clearTimeout(watchdog);
        watchdog = setTimeout(tooLong, pulse.silenceMs);
        this.#take(message);
      }
      return null;
    } catch (error) {
      return refusalOf(error);
    } finally {
      clearTimeout(watchdog);
      stopped.removeEventListener("abort", follow);
      cut.abort();
    }
  }

  #take(message: StreamResponse): void {
    this.#around.onMessage(message);
    if (message.type !== StreamEventType.SYNCED) return;
    this.#failures = 0;
    this.#around.onChange({ status: "live" });
  }

  async #pause(refusal: Refusal | null, stopped: AbortSignal): Promise<void> {
    if (refusal && isOurs(refusal) && FINAL.has(refusal.code)) {
      this.#around.onChange({ status: "refused", refusal });
      return this.#sleep(null, stopped);
    }
    if (this.#around.isOnline()) {
      const pause = pauseAfter(this.#failures, refusal?.retryAfterMs ?? null);
      this.#around.onChange({ status: "waiting", at: Date.now() + pause, refusal });
      await this.#sleep(pause, stopped);
    }
    if (stopped.aborted || this.#around.isOnline()) return;
    this.#around.onChange({ status: "offline" });
    return this.#sleep(null, stopped);
  }

  #sleep(ms: number | null, stopped: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (stopped.aborted) return resolve();
      const timer = ms === null ? undefined : setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
