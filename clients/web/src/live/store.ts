import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { type Api, isOurs, type Refusal, refusalOf } from "../api";
import { DecisionView } from "../gen/andon/v1/decision_pb";
import { StreamEventType, StreamMode, type StreamResponse } from "../gen/andon/v1/review_service_pb";
import type { Lease, Task } from "../gen/andon/v1/task_pb";
import { TaskBook } from "./book";
import { type ServerClock, serverClock } from "./clock";
import { type Connection, StreamKeeper } from "./connection";
import { Pulse } from "./pulse";
import type { LiveEvent, LiveState } from "./state";

/** What the stream is opened for. */
export interface StreamWish {
  /** Whether tasks are leased to me, or all are only watched. */
  readonly lease: boolean;
  /** How many at once. */
  readonly credits: number;
}

export interface LiveOptions {
  readonly api: Pick<Api, "reviews">;
  readonly me: string;
  readonly wish: StreamWish;
  /** How long a lease lasts, in milliseconds: a stream says more often that it is alive. */
  readonly leaseMs: number;
  readonly clock?: ServerClock;
  /** Calls back once the screen can be drawn anew; the answer ends that. */
  readonly nextFrame?: (run: () => void) => () => void;
}

const LINGER_MS = 1500;
const SYNC_MS = 250;
const ASK_MS = 4000;
const REFILL_MS = 1000;
const READ_MS = 2000;

/** The one stream of this tab and what it has told, outside of React. */
export class LiveStore {
  readonly #options: LiveOptions;
  readonly #book: TaskBook;
  readonly #keeper: StreamKeeper;
  readonly #clock: ServerClock;
  readonly #listeners = new Set<() => void>();
  readonly #eventListeners = new Set<(event: LiveEvent) => void>();
  readonly #signListeners = new Set<() => void>();
  #wish: StreamWish;
  #state: LiveState = {
    connection: { status: "closed" },
    synced: false,
    resting: false,
    mine: [],
    waiting: [],
    queues: [],
  };
  #cancelFrame: (() => void) | null = null;
  #tasksChanged = false;
  #syncing = false;
  #users = 0;
  #later: ReturnType<typeof setTimeout> | undefined;
  #closing: ReturnType<typeof setTimeout> | undefined;
  #asking: ReturnType<typeof setTimeout> | undefined;
  #refilling: ReturnType<typeof setTimeout> | undefined;
  #queues: readonly string[] = [];

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#wish = options.wish;
    this.#clock = options.clock ?? serverClock;
    this.#book = new TaskBook(options.me);
    this.#keeper = new StreamKeeper({
      open: (signal) => this.#open(signal),
      onMessage: (message) => this.#take(message),
      onOpening: () => {
        this.#syncing = true;
        this.#book.opened(this.#queues);
        this.#askLater();
      },
      onChange: (connection) => this.#connected(connection),
      isOnline: () => typeof navigator === "undefined" || navigator.onLine,
      pulse: new Pulse(options.leaseMs),
    });
  }

  readonly state = (): LiveState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Tells every change as it comes, before the state shows it. */
  readonly onEvent = (listener: (event: LiveEvent) => void): (() => void) => {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  };

  /** Tells that the server has said something, also where that is only that it is alive. Hidden tabs hear it in time. */
  readonly onSign = (listener: () => void): (() => void) => {
    this.#signListeners.add(listener);
    return () => this.#signListeners.delete(listener);
  };

  /** One task as it stands, or undefined where the stream has not told it. */
  task(name: string): Task | undefined {
    return this.#book.get(name);
  }

  /** Whether a task is leased to me. */
  isMine(name: string): boolean {
    return this.#book.isMine(name);
  }

  /** Whether a task is leased to me and here as it stands. One that the caller has changed is read anew first. */
  isWhole(name: string): boolean {
    return this.#book.isWhole(name);
  }

  /** Holds the stream open until the answer is called; it closes a moment after the last user has gone. */
  use(): () => void {
    this.#users += 1;
    clearTimeout(this.#closing);
    this.#keeper.start();
    let done = false;
    return () => {
      if (done) return;
      done = true;
      this.#users -= 1;
      if (!this.#users) this.#closing = setTimeout(() => this.#keeper.stop(), LINGER_MS);
    };
  }

  /** Opens the stream anew where something else is wished for. */
  wish(wish: StreamWish): void {
    if (wish.lease === this.#wish.lease && wish.credits === this.#wish.credits) return;
    this.#wish = wish;
    this.#reopen();
  }

  /** Leases nothing while nobody is there: what lapses goes to others, and does not come straight back. */
  rest(resting: boolean): void {
    if (resting === this.#state.resting) return;
    this.#state = { ...this.#state, resting };
    this.#publishSoon();
    if (this.#wish.lease) this.#reopen();
  }

  /** Ends the stream at once: nothing more shall be leased to who signs out. */
  leave(): void {
    clearTimeout(this.#refilling);
    this.#keeper.stop();
  }

  /** Serves these queues alone; none: all of mine. What is leased to me of others stays mine until it is given back. */
  serve(queues: readonly string[]): void {
    if (queues.join("\n") === this.#queues.join("\n")) return;
    this.#queues = queues;
    this.#reopen();
  }

  /** Tries again now. */
  hurry(): void {
    this.#keeper.hurry();
  }

  /** The browser says that it has no network. */
  lost(): void {
    if (this.#state.connection.status !== "closed") this.#keeper.lost();
  }

  /** A lease was prolonged by a call. */
  renewed(name: string, lease: Lease): void {
    this.#hear(lease);
    this.#book.renewed(name, lease);
    this.#change();
  }

  /** A call has given a task of mine more time. */
  extended(task: Task): void {
    this.#book.extended(task.name, task);
    this.#change();
  }

  /** Reads a task of mine anew: a call has said that it is another than the one that is known. */
  async reread(name: string): Promise<void> {
    if (!this.#book.isMine(name)) return;
    const { task } = await this.#options.api.reviews.getTask({ name }).catch(() => ({ task: undefined }));
    if (task) this.#book.read(task);
    if (task) this.#change();
    else setTimeout(() => this.#book.isWhole(name) || this.reread(name), READ_MS);
  }

  /** A call has said that the task has ended or is not mine, which the stream may tell only later. */
  dropped(name: string): void {
    if (this.#wish.lease && this.#book.isBeside(name)) this.#refill();
    this.#book.drop(name);
    this.#change();
  }

  #open(signal: AbortSignal): AsyncIterable<StreamResponse> {
    const { lease, credits } = this.#wish;
    const mode = lease && !this.#state.resting ? StreamMode.LEASE_AND_WATCH : StreamMode.WATCH;
    const free = Math.max(1, credits - this.#book.beside().length);
    const request = { mode, credits: free, queues: [...this.#queues], view: DecisionView.BASIC };
    return this.#options.api.reviews.stream(request, { signal });
  }

  /** The stream was opened for fewer leases, because of those beside it: now there may be one more. */
  #refill(): void {
    clearTimeout(this.#refilling);
    this.#refilling = setTimeout(() => this.#reopen(), REFILL_MS);
  }

  #reopen(): void {
    clearTimeout(this.#refilling);
    if (this.#state.connection.status === "closed") return;
    this.#keeper.stop();
    this.#keeper.start();
  }

  /** The stream does not tell of leases beside its queues, so they are asked for, as long as there are any. */
  #askLater(): void {
    clearTimeout(this.#asking);
    if (!this.#book.beside().length) return;
    this.#asking = setTimeout(() => {
      if (this.#state.connection.status === "closed") return;
      const answers = this.#book.beside().map(({ name, lease }) => this.#ask(name, lease?.token ?? ""));
      void Promise.all(answers).then(() => this.#askLater());
    }, ASK_MS);
  }

  async #ask(name: string, token: string): Promise<void> {
    if (this.#state.connection.status !== "live") return;
    const isGone = await this.#options.api.reviews.getTask({ name }).then(
      ({ task }) => task?.lease?.token !== token,
      (error: unknown) => isGoneBy(refusalOf(error)),
    );
    if (isGone && this.#book.get(name)?.lease?.token === token) this.dropped(name);
  }

  #take(message: StreamResponse): void {
    for (const listener of this.#signListeners) listener();
    const event = this.#book.apply(message);
    if (message.type === StreamEventType.SYNCED) this.#synced();
    if (!event) return;
    if (message.type === StreamEventType.LEASED && !this.#syncing && event.task.lease) this.#hear(event.task.lease);
    if (this.#book.isMine(event.task.name) && !this.#book.isWhole(event.task.name)) void this.reread(event.task.name);
    for (const listener of this.#eventListeners) listener(event);
    if (!this.#syncing || message.type === StreamEventType.LEASED) this.#change();
    else this.#changeLater();
  }

  /** Thousands may come before all is heard, and each change sorts all of them: they are shown a few times a second. */
  #changeLater(): void {
    this.#later ??= setTimeout(() => {
      this.#later = undefined;
      this.#change();
    }, SYNC_MS);
  }

  #synced(): void {
    this.#syncing = false;
    this.#state = { ...this.#state, synced: true };
    this.#change();
  }

  #connected(connection: Connection): void {
    this.#state = { ...this.#state, connection };
    this.#publishSoon();
  }

  /** A lease that was granted or renewed just now says what time it is. */
  #hear(lease: Lease): void {
    if (lease.expireTime && lease.duration)
      this.#clock.heard(timestampMs(lease.expireTime) - durationMs(lease.duration));
  }

  #change(): void {
    this.#tasksChanged = true;
    this.#publishSoon();
  }

  #publishSoon(): void {
    this.#cancelFrame ??= (this.#options.nextFrame ?? nextFrame)(() => {
      this.#cancelFrame = null;
      if (this.#tasksChanged) this.#state = { ...this.#state, ...this.#book.tasks() };
      this.#tasksChanged = false;
      for (const listener of this.#listeners) listener();
    });
  }
}

function isGoneBy(refusal: Refusal): boolean {
  return refusal.code === Code.NotFound && isOurs(refusal);
}

/** The next frame, or soon where the tab is hidden and draws none. */
function nextFrame(run: () => void): () => void {
  if (document.hidden) {
    const timer = setTimeout(run, 250);
    return () => clearTimeout(timer);
  }
  const timer = setTimeout(() => frame(), 250);
  const id = requestAnimationFrame(() => frame());
  const cancel = () => {
    clearTimeout(timer);
    cancelAnimationFrame(id);
  };
  const frame = () => {
    cancel();
    run();
  };
  return cancel;
}
