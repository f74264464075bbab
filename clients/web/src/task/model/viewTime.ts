// How long a task was really looked at: visible, and somebody there.

/** Nobody is taken to be there after this long without a key, a pointer or a scroll. */
const IDLE_AFTER_MS = 60_000;

/** Counts time while the page is visible and the reviewer active. `now` is in milliseconds and never runs back. */
export class ViewTime {
  private counted = 0;
  private since: number | undefined;
  private lastActive: number;

  constructor(
    private readonly now: () => number,
    isVisible = true,
  ) {
    this.lastActive = now();
    if (isVisible) this.since = this.lastActive;
  }

  /** The reviewer did something. */
  active(): void {
    this.settle();
    this.lastActive = this.now();
  }

  /** The page came into view or left it. */
  visible(isVisible: boolean): void {
    this.settle();
    this.since = isVisible ? this.now() : undefined;
    if (isVisible) this.lastActive = this.now();
  }

  /** Milliseconds counted so far. */
  total(): number {
    this.settle();
    return this.counted;
  }

  private settle(): void {
    if (this.since === undefined) return;
    const now = this.now();
    const until = Math.min(now, this.lastActive + IDLE_AFTER_MS);
    this.counted += Math.max(0, until - this.since);
    this.since = now;
  }
}
