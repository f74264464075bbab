import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";

import type { Decision } from "../gen/andon/v1/decision_pb";

/** A page of decisions as the server gives it. */
export interface Page {
  readonly decisions: readonly Decision[];
  readonly nextPageToken: string;
  readonly searchedTime?: Timestamp | undefined;
}

/** How far a search has come. An empty token means that everything was searched. */
export interface Progress {
  readonly found: readonly Decision[];
  readonly token: string;
  /** Calls it took since the last decision was found. */
  readonly emptySteps: number;
  /** How far back has been searched, in milliseconds; undefined before the first answer and where all has been. */
  readonly searchedTo: number | undefined;
}

/** Decisions that one request for more brings, if there are so many. */
export const WANTED = 50;

/** Calls that are made by themselves: the server bounds how much one of them searches, so a page may well be empty. */
export const MAX_STEPS = 8;

/** Goes on from `from` until enough more is found, all is searched, or enough calls were made; tells after each call. */
export async function* searchOn(
  list: (token: string, size: number) => Promise<Page>,
  from: Progress,
): AsyncGenerator<Progress> {
  let progress = from;
  const goal = from.found.length + WANTED;
  for (let step = 1; step <= MAX_STEPS; step += 1) {
    const page = await list(progress.token, goal - progress.found.length);
    const known = new Set(progress.found.map(({ name }) => name));
    progress = {
      found: [...progress.found, ...page.decisions.filter(({ name }) => !known.has(name))],
      token: page.nextPageToken,
      emptySteps: page.decisions.length === 0 ? progress.emptySteps + 1 : 0,
      searchedTo: page.searchedTime && timestampMs(page.searchedTime),
    };
    yield progress;
    if (progress.token === "" || progress.found.length >= goal) return;
  }
}

/** Where a search begins. */
export const START: Progress = { found: [], token: "", emptySteps: 0, searchedTo: undefined };
