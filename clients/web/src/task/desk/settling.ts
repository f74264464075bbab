// Keys struck while one task gives way to the next were meant for the one before, or are words typed ahead.

/** After this long without a key, a key is meant for what is on the screen; in milliseconds. */
export const SETTLE_MS = 400;
/** A field that a key has asked for is waited for this long, in milliseconds: it may have to be loaded first. */
export const FIELD_MS = 5_000;
/** A key that opens a field counts for a task that comes this soon after the last key, in milliseconds. */
const AHEAD_MS = 1_000;

/**
 * Says which key strokes are meant for the task on the screen. Whoever types ahead strikes a key that opens a field,
 * then words: those keys are kept for the task that comes, and no word is ever taken for a verdict. Time is given, in
 * milliseconds of any one clock.
 */
export class Settling {
  private isShown = false;
  private isRestless = true;
  private isMeant = false;
  private last = Number.NEGATIVE_INFINITY;
  private fieldUntil = Number.NEGATIVE_INFINITY;
  private ahead: string | undefined;

  /** `leads` are the keys that open a field, after which words come. */
  constructor(private readonly leads: ReadonlySet<string>) {}

  /** A task comes on the screen. The answer is the key that was struck for it before it stood, if any. */
  shown(now: number): string | undefined {
    const ahead = now - this.last < AHEAD_MS ? this.ahead : undefined;
    this.ahead = undefined;
    this.isShown = true;
    this.isRestless = true;
    this.last = now;
    this.hasField();
    return ahead;
  }

  /** The task leaves the screen. */
  gone(): void {
    this.isShown = false;
    this.ahead = undefined;
  }

  /**
   * A key is struck; told before anything acts on it. `isTyped`: it goes into a field, where it does no harm.
   * `isBound`: it means something here. A letter that means nothing begins a word, and the next ones belong to it.
   */
  struck(key: string, isTyped: boolean, now: number, isBound = true): void {
    const pause = now - this.last;
    if (pause > SETTLE_MS) this.isRestless = false;
    if (!isBound && !isTyped && key.length === 1) this.isRestless = true;
    if (isTyped) this.hasField();
    else this.outside(key, pause, now);
    this.isMeant = this.isShown && !this.isRestless && now > this.fieldUntil;
  }

  /** Whether the key that was struck last is meant for the task on the screen. */
  isDeliberate(): boolean {
    return this.isMeant;
  }

  /** A key has asked for a field: until it has the focus, letters are words for it. */
  expectField(now: number): void {
    this.fieldUntil = now + FIELD_MS;
  }

  /** The field that was asked for has the focus. */
  hasField(): void {
    this.fieldUntil = Number.NEGATIVE_INFINITY;
  }

  private outside(key: string, pause: number, now: number): void {
    if (pause >= AHEAD_MS) this.ahead = undefined;
    if (!this.isShown && this.leads.has(key)) this.ahead ??= key;
    if (now <= this.fieldUntil) this.fieldUntil = Math.max(this.fieldUntil, now + SETTLE_MS);
    this.last = now;
  }
}
