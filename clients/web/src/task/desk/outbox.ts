// Verdicts on their way out; a release and an escalation take the same way.
//
// A verdict is held for a few seconds in which it can be undone, then sent until the server has answered.
// It is written to the browser's storage before the reviewer is told anything, so:
// - what was undone is gone from storage at once, and nothing sends it;
// - when the page is closed, what is held is sent at once (the reviewer has seen the countdown and not undone it);
//   whether that arrived is unknown, so it stays in storage, and the next page of this person sends it again under
//   the same request id, which the server answers with what it did the first time;
// - another tab leaves it alone as long as its own tab may still be there, and knows that the task is judged.
// The lease's token fences a late one: the server refuses it, and it comes back to the reviewer with its draft.
import type { Clock, Shelf } from "./clock";
import { keysOf, put, take } from "./clock";
import { isPendingVerdict, type KeptVerdict } from "./pendingVerdict";
import type { Refused } from "./refusals";
import type { PendingVerdict, VerdictCall } from "./verdict";

export type SendResult =
  /** `isOpen`: it is recorded, and does not end the decision. */
  | { readonly kind: "done"; readonly isOpen: boolean }
  | { readonly kind: "refused"; readonly refusal: Refused }
  | { readonly kind: "again" };

/**
 * Sends one verdict. `last`: the page is going away, and the call must outlive it. `isRepeated`: it was sent before,
 * and what became of it is unknown. Never rejects.
 */
export type Send = (call: VerdictCall, last: boolean, isRepeated: boolean) => Promise<SendResult>;

export type OutboxEvent =
  | { readonly kind: "done"; readonly isOpen: boolean; readonly verdict: PendingVerdict }
  | { readonly kind: "refused"; readonly verdict: PendingVerdict }
  | { readonly kind: "undone"; readonly verdict: PendingVerdict };

export interface OutboxParts {
  readonly send: Send;
  readonly clock: Clock;
  readonly shelf: Shelf;
  /** Whose verdicts: another person at the same browser neither sees nor sends them. */
  readonly principal: string;
  /** This tab's own id; a reload keeps it. */
  readonly tab: string;
}

/** How long after its time another tab's verdict is taken over, in milliseconds. */
export const ORPHAN_AFTER_MS = 30_000;
const LONGEST_PAUSE_MS = 15_000;
const PREFIX = "andon.verdict.1:";

export class Outbox {
  private pending: readonly PendingVerdict[] = [];
  private others: readonly PendingVerdict[] = [];
  private isClosed = false;
  private readonly timers = new Map<string, () => void>();
  private readonly inFlight = new Map<string, Promise<void>>();
  private readonly watchers = new Set<() => void>();
  private readonly listeners = new Set<(event: OutboxEvent) => unknown>();

  constructor(private readonly parts: OutboxParts) {}

  /** All that is held, on its way or refused, oldest first. The array is new after each change. */
  readonly snapshot = (): readonly PendingVerdict[] => this.pending;

  /** What another tab of this person holds or sends. The array is new after each change. */
  readonly elsewhere = (): readonly PendingVerdict[] => this.others;

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** Tells of ends: done, refused, undone. */
  on(listener: (event: OutboxEvent) => unknown): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Takes a verdict; it is sent after `holdMs` unless it is undone. One for the same task takes the older one's place. */
  add(call: VerdictCall, holdMs: number): void {
    for (const older of this.pending.filter((other) => other.task === call.task && other.state !== "sending"))
      this.drop(older);
    const sendAt = this.parts.clock.now() + holdMs;
    const verdict = this.kept({ ...call, state: "held", sendAt, failures: 0 });
    this.change([...this.pending, verdict]);
    this.schedule(verdict.id, holdMs);
  }

  /** Takes a held verdict back, with all of its group; the newest where none is named. False where it is too late. */
  undo(id?: string): boolean {
    const held = this.pending.filter((other) => other.state === "held");
    const verdict = held.findLast((other) => id === undefined || other.id === id);
    if (!verdict) return false;
    const { group } = verdict;
    for (const one of held.filter((other) => other === verdict || (group !== undefined && other.group === group))) {
      this.drop(one);
      this.tell({ kind: "undone", verdict: one });
    }
    return true;
  }

  /** Sends what is held without waiting longer; all of it where none is named. */
  sendNow(id?: string): void {
    for (const verdict of this.pending) {
      if (verdict.state !== "refused" && (id === undefined || verdict.id === id)) this.deliver(verdict.id, false);
    }
  }

  /** Takes a refused verdict off the list. */
  dismiss(id: string): void {
    const verdict = this.pending.find((other) => other.id === id && other.state === "refused");
    if (verdict) this.drop(verdict);
  }

  /** The page is going away: everything unsent is sent now. Settles when each call under way has its answer, or none. */
  async leave(): Promise<void> {
    for (const verdict of this.pending) {
      if (verdict.state === "held" || (verdict.state === "sending" && !this.inFlight.has(verdict.id)))
        this.deliver(verdict.id, true);
    }
    await Promise.all(this.inFlight.values());
  }

  /** Picks up what an earlier page of this person left: its own at once, another tab's when that is surely gone. */
  restore(): void {
    this.rearm();
    const known = new Set(this.pending.map((verdict) => verdict.id));
    const others: KeptVerdict[] = [];
    for (const key of keysOf(this.parts.shelf, this.prefix())) {
      const kept = take(this.parts.shelf, key, isPendingVerdict);
      if (!kept || known.has(kept.id)) continue;
      const isOurs = kept.tab === this.parts.tab || kept.sendAt + ORPHAN_AFTER_MS <= this.parts.clock.now();
      if (isOurs) this.takeOver(kept);
      else if (kept.state !== "refused") others.push(kept);
    }
    if (others.length + this.others.length === 0) return;
    this.others = others;
    this.change(this.pending);
  }

  private takeOver(kept: KeptVerdict): void {
    this.change([...this.pending, kept]);
    if (kept.state !== "refused") this.deliver(kept.id, false);
  }

  /** Tries nothing any more; nothing is lost: it stays in storage, and `restore` goes on. */
  close(): void {
    this.isClosed = true;
    for (const cancel of this.timers.values()) cancel();
    this.timers.clear();
  }

  private rearm(): void {
    if (!this.isClosed) return;
    this.isClosed = false;
    for (const { id, state, sendAt } of this.pending) {
      if (state === "held" && sendAt > this.parts.clock.now()) this.schedule(id, sendAt - this.parts.clock.now());
      else if (state !== "refused") this.deliver(id, false);
    }
  }

  private deliver(id: string, last: boolean): void {
    const verdict = this.pending.find((other) => other.id === id);
    if (!verdict || this.inFlight.has(id)) return;
    this.cancel(id);
    const sending: PendingVerdict = { ...verdict, state: "sending" };
    this.replace(sending);
    const answer = this.parts.send(sending, last, verdict.state === "sending");
    this.inFlight.set(
      id,
      answer.then((result) => this.settled(sending, result)),
    );
  }

  private settled(verdict: PendingVerdict, result: SendResult): void {
    this.inFlight.delete(verdict.id);
    if (result.kind === "done") {
      this.drop(verdict);
      this.tell({ kind: "done", isOpen: result.isOpen, verdict });
    } else if (result.kind === "refused") {
      const refused: PendingVerdict = { ...verdict, state: "refused", refusal: result.refusal };
      this.replace(refused);
      this.tell({ kind: "refused", verdict: refused });
    } else {
      const failures = verdict.failures + 1;
      const again: PendingVerdict = { ...verdict, failures };
      this.replace(again);
      this.schedule(again.id, Math.min(1000 * 2 ** (failures - 1), LONGEST_PAUSE_MS));
    }
  }

  private schedule(id: string, ms: number): void {
    this.cancel(id);
    if (this.isClosed) return;
    this.timers.set(
      id,
      this.parts.clock.after(ms, () => this.deliver(id, false)),
    );
  }

  private cancel(id: string): void {
    this.timers.get(id)?.();
    this.timers.delete(id);
  }

  private drop(verdict: PendingVerdict): void {
    this.cancel(verdict.id);
    this.parts.shelf.removeItem(this.prefix() + verdict.id);
    this.change(this.pending.filter((other) => other.id !== verdict.id));
  }

  private replace(verdict: PendingVerdict): void {
    const kept = this.kept(verdict);
    this.change(this.pending.map((other) => (other.id === kept.id ? kept : other)));
  }

  /** Stores a verdict, and says in it where there was no room. */
  private kept({ isUnsaved: _, ...verdict }: PendingVerdict): PendingVerdict {
    const isSaved = put(this.parts.shelf, this.prefix() + verdict.id, { ...verdict, tab: this.parts.tab });
    return isSaved ? verdict : { ...verdict, isUnsaved: true };
  }

  private change(pending: readonly PendingVerdict[]): void {
    this.pending = pending;
    for (const watcher of this.watchers) watcher();
  }

  private tell(event: OutboxEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  private prefix(): string {
    return `${PREFIX}${JSON.stringify(this.parts.principal)}:`;
  }
}
