import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { Code, type Interceptor } from "@connectrpc/connect";
import { refusalOf } from "./refusal";

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 200;

/** Longer than this nobody is kept waiting without a word, in milliseconds. */
const PATIENCE_MS = 10_000;

/** Waits quietly where the server takes less at a time: a call that it refused so has not happened, whatever it is. */
export function waitForRate(pause: (ms: number, signal: AbortSignal) => Promise<void> = wait): Interceptor {
  return (next) => async (request) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await next(request);
      } catch (error) {
        const { reason, retryAfterMs } = refusalOf(error);
        const isBrief = retryAfterMs !== null && retryAfterMs <= PATIENCE_MS;
        if (request.stream || reason !== "RATE_EXCEEDED" || !isBrief || attempt >= ATTEMPTS) throw error;
        await pause(retryAfterMs + FIRST_PAUSE_MS * Math.random(), request.signal);
      }
    }
  };
}

/** Repeats reads that found the server unavailable, a few times, after the pause that it asks for or a growing one. */
export function retryReads(pause: (ms: number, signal: AbortSignal) => Promise<void> = wait): Interceptor {
  return (next) => async (request) => {
    const isRead = request.method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await next(request);
      } catch (error) {
        const { code, retryAfterMs } = refusalOf(error);
        if (request.stream || !isRead || code !== Code.Unavailable || attempt >= ATTEMPTS) throw error;
        const grown = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
        await pause(Math.max(retryAfterMs ?? 0, grown), request.signal);
      }
    }
  };
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
