// What a reviewer has begun on a task and not sent: kept across reloads for a week, for this person alone.
import type { JsonObject } from "../model/json";
import { isObject } from "../model/json";
import { type Clock, keysOf, put, type Shelf, take } from "./clock";

export interface Draft {
  readonly comment: string;
  /** The correction being edited; absent while none is. */
  readonly correction?: JsonObject | undefined;
  /** Keys of what was opened or uncovered. */
  readonly opened: readonly string[];
}

interface Kept extends Draft {
  readonly savedAt: number;
}

export const NO_DRAFT: Draft = { comment: "", opened: [] };
const WEEK_MS = 7 * 24 * 3600 * 1000;
const PREFIX = "andon.draft.1:";

/** A draft that another tab has saved. */
export interface Elsewhere {
  readonly task: string;
  readonly payloadHash: string;
}

/** One person's drafts. A draft belongs to a task and the payload that was read: another payload, another draft. */
export class Drafts {
  private isForgotten = false;
  private readonly listeners = new Set<(elsewhere: Elsewhere) => void>();
  private readonly watchers = new Set<() => void>();
  private readonly doubled = new Set<string>();

  constructor(
    private readonly shelf: Shelf,
    private readonly clock: Clock,
    private readonly principal: string,
  ) {
    this.sweep();
  }

  load(task: string, payloadHash: string): Draft {
    const kept = take(this.shelf, this.key(task, payloadHash), isKept);
    if (!kept) return NO_DRAFT;
    const { savedAt: _, ...draft } = kept;
    return draft;
  }

  /** What was written about the task as it was before the caller changed it; undefined where nothing was. */
  outdated(task: string, payloadHash: string): Draft | undefined {
    const key = this.others(task, payloadHash)[0];
    return key === undefined ? undefined : take(this.shelf, key, isKept);
  }

  /** Takes away what was begun on other payloads of the task. */
  onlyOf(task: string, payloadHash: string): void {
    for (const key of this.others(task, payloadHash)) this.shelf.removeItem(key);
  }

  private others(task: string, payloadHash: string): string[] {
    return this.mine().filter((key) => {
      const [, of, hash] = partsOf(key.slice(PREFIX.length));
      return of === task && hash !== payloadHash;
    });
  }

  /** Keeps a draft; an empty one is taken away. */
  save(task: string, payloadHash: string, draft: Draft): void {
    if (this.isForgotten) return;
    const isEmpty = draft.comment === "" && draft.correction === undefined && draft.opened.length === 0;
    if (isEmpty) this.remove(task, payloadHash);
    else put(this.shelf, this.key(task, payloadHash), { ...draft, savedAt: this.clock.now() });
  }

  remove(task: string, payloadHash: string): void {
    this.doubled.delete(task);
    this.shelf.removeItem(this.key(task, payloadHash));
  }

  /** The tasks on which this person has written something; what was only opened does not count. */
  tasks(): string[] {
    return this.mine().flatMap((key) => {
      const kept = take(this.shelf, key, isKept);
      const [, task] = partsOf(key.slice(PREFIX.length));
      return kept && task !== undefined && (kept.comment !== "" || kept.correction) ? [task] : [];
    });
  }

  /** Takes away all of this person's, and keeps nothing any more: they have signed out. */
  forget(): void {
    this.isForgotten = true;
    for (const key of this.mine()) this.shelf.removeItem(key);
  }

  /** Tells of drafts that other tabs save. */
  on(listener: (elsewhere: Elsewhere) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Two tabs write about the same task. */
  warn(task: string): void {
    this.doubled.add(task);
    for (const watcher of this.watchers) watcher();
  }

  /** Whether another tab has saved something about a task that was being written about here. */
  isDoubled(task: string): boolean {
    return this.doubled.has(task);
  }

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** Another tab has changed something in storage. */
  heard(key: string | null): void {
    if (!key?.startsWith(PREFIX)) return;
    const [principal, task, payloadHash] = partsOf(key.slice(PREFIX.length));
    if (principal !== this.principal || task === undefined || payloadHash === undefined) return;
    for (const listener of this.listeners) listener({ task, payloadHash });
  }

  private mine(): string[] {
    return keysOf(this.shelf, PREFIX).filter((key) => partsOf(key.slice(PREFIX.length))[0] === this.principal);
  }

  /** Takes away what is older than a week, whosever it is. */
  private sweep(): void {
    for (const key of keysOf(this.shelf, PREFIX)) {
      const kept = take(this.shelf, key, isKept);
      if (kept && kept.savedAt + WEEK_MS < this.clock.now()) this.shelf.removeItem(key);
    }
  }

  private key(task: string, payloadHash: string): string {
    return `${PREFIX}${JSON.stringify([this.principal, task, payloadHash])}`;
  }
}

function partsOf(key: string): readonly string[] {
  try {
    const parts: unknown = JSON.parse(key);
    return Array.isArray(parts) ? parts.map(String) : [];
  } catch {
    return [];
  }
}

function isKept(value: unknown): value is Kept {
  if (typeof value !== "object" || value === null) return false;
  const { comment, opened, savedAt, correction } = value as Record<string, unknown>;
  return (
    typeof comment === "string" &&
    typeof savedAt === "number" &&
    Array.isArray(opened) &&
    opened.every((path) => typeof path === "string") &&
    (correction === undefined || isObject(correction as JsonObject))
  );
}
