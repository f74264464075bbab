import { serverClock } from "../live/clock";
import { endOf, keepSignOn, type SignOn } from "./signOn";
import type { Place } from "./token";
import { Trouble } from "./trouble";

/** How long before its end a token is renewed, in milliseconds; less where it lives shortly. */
const LEAD_MS = 60_000;
const AGAIN_MS = 10_000;
/** Browsers take no longer timers than 24 days; a device that slept is looked after, too. */
const LOOK_MS = 60_000;

export type Renew = (signOn: SignOn) => Promise<SignOn>;
const renewAtIssuer: Renew = async (signOn) => (await import("./oidc")).renew(signOn);

/** What a sign-in goes by: a token, or the newest of those that an issuer gives one after the other. */
export class Credential {
  #signOn: SignOn | null;
  #renewing: Promise<boolean> | null = null;
  #isFailing = false;
  #begun: number;
  readonly #first: string;
  readonly #watchers = new Set<() => void>();

  constructor(
    first: string,
    signOn: SignOn | null,
    private readonly place: Place,
    private readonly renewal: Renew = renewAtIssuer,
    private readonly now: () => number = () => serverClock.now(),
  ) {
    this.#begun = now();
    this.#first = first;
    this.#signOn = signOn;
  }

  /** The token to call with, now. */
  readonly token = (): string => this.#signOn?.bearer ?? this.#first;

  /** The sign-in with an issuer; null where it is just a token. */
  readonly signOn = (): SignOn | null => this.#signOn;

  /** Whether it prolongs itself, as far as is known. */
  readonly isProlonged = (): boolean => this.#signOn?.refresh !== undefined && !this.#isFailing;

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /** Whether there is another token than the refused one, or one could be had. */
  readonly renew = async (refused: string): Promise<boolean> => {
    if (this.token() !== refused) return true;
    this.#renewing ??= this.#ask().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  };

  /** Renews the token before it ends, again and again; the answer stops it. */
  watch(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const look = async () => {
      clearTimeout(timer);
      const wait = this.#due();
      if (wait === null || isOver) return;
      const isRenewed = wait > 0 || (await this.renew(this.token()));
      if (isOver) return;
      timer = setTimeout(look, isRenewed ? Math.min(LOOK_MS, Math.max(1_000, this.#due() ?? LOOK_MS)) : AGAIN_MS);
    };
    const woken = () => void (document.hidden || look());
    void look();
    document.addEventListener("visibilitychange", woken);
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", woken);
    };
  }

  /** In how long the token is to be renewed (ms); null where it can't be. */
  #due(): number | null {
    const end = this.#signOn?.refresh ? endOf(this.#signOn.bearer) : null;
    if (end === null) return null;
    return end - Math.min(LEAD_MS, Math.max(0, end - this.#begun) / 5) - this.now();
  }

  async #ask(): Promise<boolean> {
    const before = this.#signOn;
    if (!before?.refresh) return false;
    try {
      this.#signOn = await this.renewal(before);
      this.#begun = this.now();
      keepSignOn(this.place, this.#signOn);
      this.#isFailing = false;
      return true;
    } catch (error) {
      this.#isFailing = true;
      // Where the issuer only can't be reached, it may be in a moment. What it refused, it refuses again.
      if (!(error instanceof Trouble && error.kind === "unreachable")) {
        const { refresh: _, ...rest } = before;
        this.#signOn = rest;
      }
      return false;
    } finally {
      for (const watcher of this.#watchers) watcher();
    }
  }
}
