import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";

import { type DecisionFilter, DecisionFilterSchema } from "../gen/andon/v1/decision_service_pb";
import type { Query } from "./query";
import { bounds } from "./timeRange";

const ACTION = /^([*]|[a-z][a-z0-9_-]*([.][a-z0-9][a-z0-9_-]*)*([.][*])?)?$/;

/** Most words the server looks for at once. */
const MAX_WORDS = 8;

/** The server's filter for a search that begins at `now`. */
export function toFilter(query: Query, now: number): DecisionFilter {
  const { range, ...members } = query;
  const { from, to } = bounds(range, now);
  return create(DecisionFilterSchema, {
    ...members,
    ...(from === undefined ? {} : { startTime: timestampFromMs(from) }),
    ...(to === undefined ? {} : { endTime: timestampFromMs(to) }),
  });
}

/** Why the server would refuse a search, by member; empty where it would not. */
export function faults(query: Query): Partial<Record<keyof Query, string>> {
  const { range } = query;
  const backwards =
    range.kind === "between" && range.from !== undefined && range.to !== undefined && range.from >= range.to;
  const words = query.text.split(/\s+/).filter((word) => word !== "").length;
  return {
    ...(ACTION.test(query.action) ? {} : { action: "Dotted lower-case words, such as refund.issue or refund.*" }),
    ...(words <= MAX_WORDS ? {} : { text: `At most ${MAX_WORDS} words; ${words} are given` }),
    ...(backwards ? { range: "The end lies before the beginning" } : {}),
  };
}
