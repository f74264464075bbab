/** What a server is taken to do until it has been heard. */
const USUAL_MS = 15_000;
const LEAST_MS = 20_000;
const BEATS = 2.5;
const KEPT = 5;

/**
 * How long a stream that is alive may be silent. The server does not say how often it gives a sign of life, but the
 * silence before one tells; it is shorter than a lease. All spans in milliseconds.
 */
export class Pulse {
  readonly #leaseMs: number;
  #guess = USUAL_MS;
  #gaps: readonly number[] = [];

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  /** After this long without a word the stream is dead. */
  get silenceMs(): number {
    const interval = this.#gaps.length ? Math.max(...this.#gaps) : this.#guess;
    return Math.max(LEAST_MS, BEATS * interval);
  }

  /** A sign of life came after this much silence. */
  beat(gap: number): void {
    this.#gaps = [...this.#gaps.slice(1 - KEPT), Math.min(gap, Math.max(USUAL_MS, this.#leaseMs))];
  }

  /** A stream that had spoken was silent for too long: it was dead, or this server speaks more seldom than thought. */
  missed(): void {
    const longest = Math.max(USUAL_MS, this.#leaseMs);
    this.#guess = Math.min(longest, 2 * (this.#gaps.length ? Math.max(...this.#gaps) : this.#guess));
    this.#gaps = [];
  }
}
