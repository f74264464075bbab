import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  StreamEventType,
  StreamMode,
  type StreamRequest,
  type StreamResponse,
  StreamResponseSchema,
} from "../gen/andon/v1/review_service_pb";
import type { Task } from "../gen/andon/v1/task_pb";
import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb";
import { fakeTask, leasedTo } from "../testing/tasks";
import { ServerClock } from "./clock";
import { LiveStore, type StreamWish } from "./store";

const ME = "ada@example.com";
type End = { readonly error?: unknown };

/** A stream that the test drives. */
class Wire implements AsyncIterable<StreamResponse> {
  readonly request: StreamRequest;
  readonly #line: (StreamResponse | End)[] = [];
  #wake = () => {};

  constructor(request: StreamRequest, signal: AbortSignal) {
    this.request = request;
    signal.addEventListener("abort", () => this.end(new ConnectError("cut", Code.Canceled)));
  }

  send(type: StreamEventType, task?: Task): void {
    this.#line.push(create(StreamResponseSchema, { type, task }));
    this.#wake();
  }

  end(error?: unknown): void {
    this.#line.push({ error });
    this.#wake();
  }

  async *[Symbol.asyncIterator]() {
    for (;;) {
      const next = this.#line.shift();
      if (!next) await new Promise<void>((resolve) => (this.#wake = resolve));
      else if ("type" in next) yield next;
      else if (next.error) throw next.error;
      else return;
    }
  }
}

const getTask = vi.fn();

function refused(text: string, code: Code, reason: string): ConnectError {
  return new ConnectError(text, code, undefined, [{ desc: ErrorInfoSchema, value: { reason } }]);
}

let wires: Wire[];
let store: LiveStore;

beforeEach(() => {
  vi.useFakeTimers();
  getTask.mockReset();
  wires = [];
  store = makeStore({ lease: true, credits: 3 });
});
afterEach(() => vi.useRealTimers());

function makeStore(wish: StreamWish, clock = new ServerClock()): LiveStore {
  const stream = (request: unknown, options?: { signal?: AbortSignal }) => {
    const wire = new Wire(request as StreamRequest, options?.signal ?? new AbortController().signal);
    wires.push(wire);
    return wire;
  };
  const api = { reviews: { stream, getTask } } as unknown as ConstructorParameters<typeof LiveStore>[0]["api"];
  const nextFrame = (run: () => void) => {
    const timer = setTimeout(run, 16);
    return () => clearTimeout(timer);
  };
  return new LiveStore({ api, me: ME, wish, leaseMs: 60_000, clock, nextFrame });
}

const last = () => wires.at(-1) as Wire;
const frame = () => vi.advanceTimersByTimeAsync(20);
const status = () => store.state().connection.status;

async function open(): Promise<void> {
  store.use();
  last().send(StreamEventType.SYNCED);
  await frame();
}

test("nothing is opened until somebody looks, and it closes a moment after the last has gone", async () => {
  expect(wires).toHaveLength(0);
  const done = store.use();
  const other = store.use();
  expect(wires).toHaveLength(1);
  expect(last().request).toMatchObject({ mode: StreamMode.LEASE_AND_WATCH, credits: 3 });
  done();
  done();
  await vi.advanceTimersByTimeAsync(5000);
  expect(status()).toBe("connecting");
  other();
  await vi.advanceTimersByTimeAsync(5000);
  expect(status()).toBe("closed");
});

test("who goes from one view to the next keeps the stream", async () => {
  store.use()();
  store.use();
  await vi.advanceTimersByTimeAsync(5000);
  expect(wires).toHaveLength(1);
});

test("while all of it comes, my own are shown as they come, and what waits a few times a second", async () => {
  store.use();
  last().send(StreamEventType.LEASED, leasedTo(fakeTask(1), ME));
  last().send(StreamEventType.CHANGED, fakeTask(2));
  await frame();
  expect(store.state()).toMatchObject({ synced: false, connection: { status: "connecting" } });
  expect(store.state().mine).toHaveLength(1);
  for (let number = 3; number < 9; number += 1) {
    last().send(StreamEventType.CHANGED, fakeTask(number));
    await frame();
  }
  expect(store.state().waiting).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(250);
  expect(store.state().waiting).toHaveLength(7);
  last().send(StreamEventType.SYNCED);
  await frame();
  expect(store.state()).toMatchObject({ synced: true, connection: { status: "live" } });
  expect(store.state().waiting).toHaveLength(7);
});

test("who is away only watches, and leases again at once when they are back", async () => {
  await open();
  const signs = vi.fn();
  store.onSign(signs);
  last().send(StreamEventType.HEARTBEAT);
  await frame();
  expect(signs).toHaveBeenCalledOnce();
  store.rest(true);
  store.rest(true);
  expect(wires).toHaveLength(2);
  expect(last().request.mode).toBe(StreamMode.WATCH);
  last().send(StreamEventType.SYNCED);
  await frame();
  expect(store.state()).toMatchObject({ resting: true, connection: { status: "live" } });
  store.rest(false);
  expect(wires).toHaveLength(3);
  expect(last().request).toMatchObject({ mode: StreamMode.LEASE_AND_WATCH, credits: 3 });
});

test("who signs out holds no stream any more, and what is not leased is not opened anew by rest", async () => {
  store = makeStore({ lease: false, credits: 3 });
  await open();
  store.rest(true);
  expect(wires).toHaveLength(1);
  store.leave();
  await frame();
  expect(status()).toBe("closed");
});

test("many events make one change a frame", async () => {
  await open();
  const listener = vi.fn();
  store.subscribe(listener);
  for (let number = 0; number < 100; number += 1) last().send(StreamEventType.CHANGED, fakeTask(number));
  await frame();
  expect(listener).toHaveBeenCalledOnce();
  expect(store.state().waiting).toHaveLength(100);
});

test("a server that drains is left for the next at once, and what was shown stays", async () => {
  await open();
  last().send(StreamEventType.CHANGED, fakeTask(1));
  await vi.advanceTimersByTimeAsync(2000);
  last().end();
  await frame();
  expect(wires).toHaveLength(2);
  expect(store.state()).toMatchObject({ connection: { status: "connecting" }, synced: true });
  expect(store.state().waiting).toHaveLength(1);
});

test("a lost connection is tried again after growing pauses, and at once when asked", async () => {
  await open();
  last().end(new ConnectError("gone", Code.Unavailable));
  await frame();
  const first = store.state().connection;
  expect(first).toMatchObject({ status: "waiting", refusal: { reason: "UNREACHABLE" } });
  await vi.advanceTimersByTimeAsync(500);
  expect(wires).toHaveLength(2);
  for (let failure = 0; failure < 6; failure += 1) {
    last().end(new ConnectError("gone", Code.Unavailable));
    await frame();
    store.hurry();
    await frame();
  }
  expect(wires).toHaveLength(8);
  last().end(new ConnectError("gone", Code.Unavailable));
  await frame();
  const later = store.state().connection;
  if (later.status !== "waiting") throw new Error("not waiting");
  expect(later.at - Date.now()).toBeGreaterThan(4900);
  expect(later.at - Date.now()).toBeLessThanOrEqual(10_000);
});

test("a server that turns a stream away at once is not asked again at once", async () => {
  store.use();
  last().end();
  await frame();
  expect(status()).toBe("waiting");
});

test("a refusal for good is said and not repeated until asked", async () => {
  await open();
  last().end(refused("You do not serve this queue.", Code.PermissionDenied, "QUEUE_NOT_ALLOWED"));
  await vi.advanceTimersByTimeAsync(120_000);
  expect(wires).toHaveLength(1);
  expect(store.state().connection).toMatchObject({
    status: "refused",
    refusal: { text: "You do not serve this queue." },
  });
  store.hurry();
  await frame();
  expect(wires).toHaveLength(2);
});

test.each([
  [404, Code.Unimplemented],
  [403, Code.PermissionDenied],
  [401, Code.Unauthenticated],
])("a gateway's bare %i is not for good: it is said, and tried again", async (status, code) => {
  await open();
  last().end(new ConnectError(`HTTP ${status}`, code));
  await frame();
  expect(store.state().connection).toMatchObject({
    status: "waiting",
    refusal: { text: `The answer did not come from Andon: HTTP ${status}.` },
  });
  await vi.advanceTimersByTimeAsync(1000);
  expect(wires).toHaveLength(2);
});

test("a network that is lost is told at once, and an open stream is not trusted", async () => {
  await open();
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  store.lost();
  await frame();
  expect(status()).toBe("offline");
  await vi.advanceTimersByTimeAsync(120_000);
  expect(wires).toHaveLength(1);
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(true);
  store.hurry();
  await frame();
  expect(wires).toHaveLength(2);
});

test("a network that is lost between two attempts is told as well", async () => {
  await open();
  last().end(new ConnectError("gone", Code.Unavailable));
  await frame();
  expect(status()).toBe("waiting");
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  store.lost();
  await frame();
  expect(status()).toBe("offline");
});

test("without a network nothing is tried", async () => {
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  await open();
  last().end(new TypeError("Failed to fetch"));
  await vi.advanceTimersByTimeAsync(120_000);
  expect(status()).toBe("offline");
  expect(wires).toHaveLength(1);
});

test("a stream that falls silent is cut; heartbeats keep it", async () => {
  await open();
  for (let beat = 0; beat < 10; beat += 1) {
    await vi.advanceTimersByTimeAsync(15_000);
    last().send(StreamEventType.HEARTBEAT);
  }
  expect(status()).toBe("live");
  await vi.advanceTimersByTimeAsync(37_000);
  expect(wires).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_500);
  expect(wires.length).toBeGreaterThan(1);
});

test("who comes back to a stream that has long been silent gets another", async () => {
  await open();
  await vi.advanceTimersByTimeAsync(15_000);
  store.hurry();
  await vi.advanceTimersByTimeAsync(1000);
  expect(wires).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(5_000);
  store.hurry();
  await vi.advanceTimersByTimeAsync(1000);
  expect(wires).toHaveLength(2);
});

test("another wish opens another stream, the same one does not", async () => {
  await open();
  store.wish({ lease: true, credits: 3 });
  expect(wires).toHaveLength(1);
  store.wish({ lease: false, credits: 3 });
  await frame();
  expect(wires).toHaveLength(2);
  expect(last().request).toMatchObject({ mode: StreamMode.WATCH });
});

test("a queue is served alone: the stream is opened anew, and leases beside it stay until they are given back", async () => {
  await open();
  last().send(StreamEventType.LEASED, leasedTo(fakeTask(1), ME, "held"));
  last().send(StreamEventType.CHANGED, fakeTask(2));
  await frame();
  store.serve(["refunds"]);
  await frame();
  expect(last().request).toMatchObject({ queues: ["refunds"], credits: 2 });
  last().send(StreamEventType.LEASED, leasedTo(fakeTask(3), ME));
  last().send(StreamEventType.SYNCED);
  await frame();
  expect(store.state().mine.map((task) => task.queue)).toEqual(["credit", "refunds"]);
  expect(store.state().waiting).toEqual([]);
  expect(store.state().queues.map(({ queue }) => queue)).toEqual(["credit", "refunds"]);

  getTask.mockResolvedValue({ task: leasedTo(fakeTask(1), ME, "held") });
  await vi.advanceTimersByTimeAsync(5000);
  expect(store.state().mine).toHaveLength(2);
  getTask.mockRejectedValue(new ConnectError("gone", Code.Unavailable));
  await vi.advanceTimersByTimeAsync(5000);
  expect(store.state().mine).toHaveLength(2);
  getTask.mockResolvedValue({ task: fakeTask(1) });
  await vi.advanceTimersByTimeAsync(5000);
  expect(store.state().mine.map((task) => task.queue)).toEqual(["refunds"]);
  const asked = getTask.mock.calls.length;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(getTask).toHaveBeenCalledTimes(asked);
  expect(last().request).toMatchObject({ queues: ["refunds"], credits: 3 });
});

test("a lease that is granted tells the server's clock", async () => {
  const clock = new ServerClock();
  store = makeStore({ lease: true, credits: 1 }, clock);
  await open();
  last().send(StreamEventType.LEASED, leasedTo(fakeTask(1), ME, "t", Date.now() + 3_600_000));
  await frame();
  expect(clock.offset).toBeGreaterThan(3_590_000);
});

test("every change is told as it comes", async () => {
  await open();
  const seen: unknown[] = [];
  store.onEvent((event) => seen.push([event.type, event.wasMine]));
  last().send(StreamEventType.LEASED, leasedTo(fakeTask(1), ME));
  last().send(StreamEventType.CHANGED, fakeTask(1));
  await frame();
  expect(seen).toEqual([
    [StreamEventType.LEASED, false],
    [StreamEventType.CHANGED, true],
  ]);
});

test("what a call has ended is gone at once", async () => {
  await open();
  last().send(StreamEventType.LEASED, leasedTo(fakeTask(1), ME));
  await frame();
  store.dropped(fakeTask(1).name);
  await frame();
  expect(store.state().mine).toEqual([]);
});
