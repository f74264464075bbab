const SAMPLES = 8;
/** Answers say the time in whole seconds and need a moment to arrive; a clock this near is right. */
const TOLERANCE_MS = 1500;

/**
 * The server's clock, told from what the server said the time was. A sample is late by its way here, so of the newest
 * few the one that is furthest ahead is the best. With none, or a small difference, this device's own clock counts.
 */
export class ServerClock {
  #samples: number[] = [];
  readonly #local: () => number;

  constructor(local: () => number = Date.now) {
    this.#local = local;
  }

  /** The server said that it was this time (milliseconds since the epoch) when it answered just now. */
  heard(serverNow: number): void {
    this.#samples = [...this.#samples.slice(1 - SAMPLES), serverNow - this.#local()];
  }

  /** How far the server's clock is ahead of this device's, in milliseconds. */
  get offset(): number {
    if (!this.#samples.length) return 0;
    const offset = Math.max(...this.#samples);
    return Math.abs(offset) <= TOLERANCE_MS ? 0 : offset;
  }

  /** Now, by the server's clock, in milliseconds since the epoch. */
  now(): number {
    return this.#local() + this.offset;
  }
}

/** The clock of the server this page talks to. */
export const serverClock = new ServerClock();
