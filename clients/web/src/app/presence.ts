import { type Timestamp, timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { useEffect, useState, useSyncExternalStore } from "react";
import { refusalOf, useApi } from "../api";
import { Availability } from "../gen/andon/v1/review_service_pb";
import type { Session } from "../gen/andon/v1/session_service_pb";
import { serverClock } from "../live/clock";
import { useMay, useSession } from "../session";

/** Whether I take work, as the server has it: on whatever device. */
export interface Presence {
  readonly isAway: boolean;
  /** When I take work again, in milliseconds since the epoch; undefined for when I say so. */
  readonly until: number | undefined;
}

/** As the server writes it, in a session and in the answer to a change. */
type Told = Pick<Session, "availability" | "resumeTime">;

const HERE: Presence = { isAway: false, until: undefined };
/** Browsers take no longer span; who is away for weeks is looked at anew then. */
const LONGEST_MS = 2 ** 31 - 1;
const PATIENCE_MS = 15_000;

/** The presence of one session's person, for all of the page. */
class PresenceBook {
  readonly #listeners = new Set<() => void>();
  #presence: Presence;

  constructor(session: Session) {
    this.#presence = presenceOf(session);
  }

  readonly presence = (): Presence => this.#presence;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  heard(presence: Presence): void {
    this.#presence = presence;
    for (const listener of this.#listeners) listener();
  }
}

const books = new WeakMap<Session, PresenceBook>();

function bookOf(session: Session): PresenceBook {
  const book = books.get(session) ?? new PresenceBook(session);
  books.set(session, book);
  return book;
}

/** Whether I take work. Who is away until some time is here again when it has come. */
export function usePresence(): Presence {
  const book = bookOf(useSession());
  const presence = useSyncExternalStore(book.subscribe, book.presence);
  const { until } = presence;
  useEffect(() => {
    if (until === undefined) return;
    const left = Math.min(LONGEST_MS, Math.max(0, until - serverClock.now()));
    const timer = setTimeout(() => serverClock.now() >= until && book.heard(HERE), left);
    return () => clearTimeout(timer);
  }, [book, until]);
  return presence;
}

export interface PresenceControl {
  /** Whether I may say it at all. */
  readonly may: boolean;
  readonly isSetting: boolean;
  /** Why the last change was not made; empty where it was. */
  readonly fault: string;
  readonly set: (presence: Presence) => void;
}

/** Tells the server whether I take work. */
export function useSetPresence(): PresenceControl {
  const { reviews } = useApi();
  const book = bookOf(useSession());
  const may = useMay("ReviewService/SetAvailability");
  const [isSetting, setSetting] = useState(false);
  const [fault, setFault] = useState("");
  const set = ({ isAway, until }: Presence) => {
    setSetting(true);
    setFault("");
    const availability = isAway ? Availability.AWAY : Availability.AVAILABLE;
    const resumeTime = isAway && until !== undefined ? timestampFromMs(until) : undefined;
    reviews
      .setAvailability({ availability, ...(resumeTime && { resumeTime }) }, { timeoutMs: PATIENCE_MS })
      .then((told) => book.heard(presenceOf(told)))
      .catch((error: unknown) => setFault(refusalOf(error).text))
      .finally(() => setSetting(false));
  };
  return { may, isSetting, fault, set };
}

/** Asks anew when the page is looked at again: it may have been said elsewhere. */
export function useFreshPresence(): void {
  const api = useApi();
  const current = useSession();
  const may = useMay("ReviewService/SetAvailability");
  useEffect(() => {
    if (!may) return;
    const ask = () => {
      if (document.hidden) return;
      const heard = (told: Session | undefined) => told && bookOf(current).heard(presenceOf(told));
      api.session.getSession({}).then(
        ({ session }) => heard(session),
        () => undefined,
      );
    };
    document.addEventListener("visibilitychange", ask);
    return () => document.removeEventListener("visibilitychange", ask);
  }, [api, current, may]);
}

function presenceOf({ availability, resumeTime }: Told): Presence {
  if (availability !== Availability.AWAY) return HERE;
  return { isAway: true, until: millisOf(resumeTime) };
}

function millisOf(time: Timestamp | undefined): number | undefined {
  return time && timestampMs(time);
}
