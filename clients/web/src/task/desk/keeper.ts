// Keeps the reviewer's leases alive while somebody is there, and lets them lapse when nobody is.
import type { Clock } from "./clock";

export interface HeldLease {
  readonly task: string;
  readonly token: string;
  /** How long it lasts from when it was granted or renewed. */
  readonly durationMs: number;
  /** How much of it is left now. */
  readonly leftMs: number;
}

/** `kept`: renewed. `resting`: nobody is there, it will lapse. `troubled`: the server does not answer. `lost`: gone. */
export type LeaseState = "kept" | "resting" | "troubled" | "lost";

export interface LeaseView {
  readonly state: LeaseState;
  /** When it lapses by this browser's clock, in milliseconds since the epoch. */
  readonly lapsesAt: number;
}

export type RenewResult =
  | { readonly kind: "renewed"; readonly durationMs: number }
  | { readonly kind: "lost" }
  | { readonly kind: "again" };
export type Renew = (lease: HeldLease) => Promise<RenewResult>;

/** Without any input for this long nobody is taken to be there. */
export const REST_AFTER_MS = 10 * 60_000;
const STEP_MS = 1_000;

interface Kept extends LeaseView {
  readonly lease: HeldLease;
  readonly renewAt: number;
  readonly isAsking: boolean;
}

/** Renews each lease at a third of its time, counted by this browser's stopwatch. */
export class LeaseKeeper {
  private kept: ReadonlyMap<string, Kept> = new Map();
  private readonly watchers = new Set<() => void>();
  private lastInput: number;
  private cancel: (() => void) | undefined;
  private pinned: ReadonlySet<string> = new Set();
  private wasResting = false;
  private lastStep: number;

  /** `onRest` is told when nobody is there any more, and when somebody is again. */
  constructor(
    private readonly renew: Renew,
    private readonly clock: Clock,
    private readonly onRest: (resting: boolean) => void = () => {},
  ) {
    this.lastInput = clock.now();
    this.lastStep = clock.now();
  }

  readonly snapshot = (): ReadonlyMap<string, LeaseView> => this.kept;

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** The leases that are held now. */
  hold(leases: readonly HeldLease[]): void {
    const next = new Map<string, Kept>();
    for (const lease of leases) {
      const known = this.kept.get(lease.task);
      next.set(lease.task, known && known.lease.token === lease.token ? known : this.granted(lease));
    }
    for (const [task, known] of this.kept) {
      if (!next.has(task) && known.state === "lost") next.set(task, known);
    }
    this.change(next);
    this.run();
  }

  /** Tasks whose verdict is on its way: their leases are kept although nobody is there. */
  pin(tasks: Iterable<string>): void {
    this.pinned = new Set(tasks);
  }

  /** Somebody is there. Leases that rested and have not lapsed are renewed at once. */
  input(): void {
    const wasResting = this.wasResting || this.isResting();
    this.lastInput = this.clock.now();
    if (wasResting) this.step();
  }

  /** Whether leases are being left to lapse because nobody is there. */
  isResting(): boolean {
    return this.clock.now() - this.lastInput >= REST_AFTER_MS;
  }

  /** The server or the stream says that a lease is gone. */
  lose(task: string): void {
    const known = this.kept.get(task);
    if (known && known.state !== "lost") this.update(task, { state: "lost" });
  }

  /** Forgets a task that was lost, after the reviewer was told and left it. */
  forget(task: string): void {
    const next = new Map(this.kept);
    if (next.delete(task)) this.change(next);
  }

  /** Something woke this page. Where its own timer is late, as it is in a hidden tab, it looks at once. */
  woken(): void {
    if (this.clock.now() - this.lastStep > 2 * STEP_MS) this.step();
  }

  /** One look at all leases: renews what is due. */
  step(): void {
    const now = this.clock.now();
    this.lastStep = now;
    this.tellRest();
    for (const [task, kept] of this.kept) {
      if (kept.state === "lost" || kept.isAsking) continue;
      const isLeft = this.isResting() && !this.pinned.has(task);
      if (isLeft) this.rest(task, kept, now);
      else if (now >= kept.renewAt || kept.state === "resting") this.ask(task, kept);
    }
  }

  close(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  private tellRest(): void {
    const isResting = this.isResting();
    if (isResting === this.wasResting) return;
    this.wasResting = isResting;
    this.onRest(isResting);
  }

  private rest(task: string, kept: Kept, now: number): void {
    if (now >= kept.lapsesAt) this.update(task, { state: "lost" });
    else if (kept.state !== "resting") this.update(task, { state: "resting" });
  }

  private ask(task: string, kept: Kept): void {
    this.update(task, { isAsking: true });
    void this.renew(kept.lease).then((result) => this.answered(task, kept, result));
  }

  private answered(task: string, kept: Kept, result: RenewResult): void {
    const known = this.kept.get(task);
    if (!known || known.lease.token !== kept.lease.token || known.state === "lost") return;
    if (result.kind === "renewed")
      this.update(task, this.granted({ ...kept.lease, durationMs: result.durationMs, leftMs: result.durationMs }));
    else if (result.kind === "lost") this.update(task, { state: "lost", isAsking: false });
    else this.troubled(task, known);
  }

  // No answer is no proof that the lease is lost: the server says so, or the verdict will.
  private troubled(task: string, known: Kept): void {
    const pause = Math.min(known.lease.durationMs / 10, 5_000);
    this.update(task, { state: "troubled", isAsking: false, renewAt: this.clock.now() + pause });
  }

  private granted(lease: HeldLease): Kept {
    const lapsesAt = this.clock.now() + lease.leftMs;
    return { lease, state: "kept", lapsesAt, renewAt: lapsesAt - (lease.durationMs * 2) / 3, isAsking: false };
  }

  private update(task: string, part: Partial<Kept>): void {
    const known = this.kept.get(task);
    if (known) this.change(new Map(this.kept).set(task, { ...known, ...part }));
  }

  private change(kept: ReadonlyMap<string, Kept>): void {
    this.kept = kept;
    for (const watcher of this.watchers) watcher();
  }

  private run(): void {
    if (this.cancel) return;
    const tick = () => {
      this.cancel = undefined;
      this.step();
      this.run();
    };
    this.cancel = this.clock.after(STEP_MS, tick);
  }
}
