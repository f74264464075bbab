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

/** One person's drafts. A draft belongs to a task and the payload that was read: another payload, another draft. */
export class Drafts {
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

  /** Keeps a draft; an empty one is taken away. */
  save(task: string, payloadHash: string, draft: Draft): void {
    const isEmpty = draft.comment === "" && draft.correction === undefined && draft.opened.length === 0;
    if (isEmpty) this.remove(task, payloadHash);
    else put(this.shelf, this.key(task, payloadHash), { ...draft, savedAt: this.clock.now() });
  }

  remove(task: string, payloadHash: string): void {
    this.shelf.removeItem(this.key(task, payloadHash));
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
