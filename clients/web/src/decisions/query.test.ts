import { timestampMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";

import { DecisionState, Outcome, Route } from "../gen/andon/v1/decision_pb";
import { faults, toFilter } from "./filter";
import { conditions, EVERYTHING, parseQuery, type Query, writeQuery } from "./query";
import { fromLocalInput, toLocalInput } from "./timeRange";

const NOW = Date.UTC(2026, 10, 22, 8);
const FULL: Query = {
  text: "chargeback café",
  action: "refund.*",
  state: DecisionState.RESOLVED,
  outcome: Outcome.AUTO_APPROVED,
  route: Route.REVIEW,
  subject: "customers/4711",
  submitter: "shop",
  model: "refunder@2026-08-01",
  rule: "high-value",
  resolvedBy: "ada",
  range: { kind: "between", from: NOW - 1000, to: NOW },
};

describe("a search in the address", () => {
  it("comes back as it went", () => {
    expect(parseQuery(new URLSearchParams(writeQuery(FULL).toString()))).toEqual(FULL);
  });

  it("is empty where nothing is asked", () => {
    expect(writeQuery(EVERYTHING).toString()).toBe("");
    expect(parseQuery(new URLSearchParams())).toEqual(EVERYTHING);
  });

  it("keeps a named span, so that a shared link stays fresh", () => {
    const params = writeQuery({ ...EVERYTHING, range: { kind: "last", span: "7d" } });
    expect(params.toString()).toBe("since=7d");
    expect(parseQuery(params).range).toEqual({ kind: "last", span: "7d" });
  });

  it("leaves out what it does not understand", () => {
    const params = new URLSearchParams("state=maybe&outcome=toString&since=1y&from=yesterday&q=x");
    expect(parseQuery(params)).toEqual({ ...EVERYTHING, text: "x" });
  });

  it("counts its conditions beside the text, a range as one", () => {
    expect(conditions(EVERYTHING)).toBe(0);
    expect(conditions(FULL)).toBe(10);
  });
});

describe("the filter", () => {
  it("carries every member", () => {
    const filter = toFilter(FULL, NOW);
    expect(filter).toMatchObject({ text: "chargeback café", action: "refund.*", outcome: Outcome.AUTO_APPROVED });
    expect(filter.startTime && timestampMs(filter.startTime)).toBe(NOW - 1000);
    expect(filter.endTime && timestampMs(filter.endTime)).toBe(NOW);
  });

  it("counts a named span back from the beginning of the search", () => {
    const filter = toFilter({ ...EVERYTHING, range: { kind: "last", span: "1h" } }, NOW);
    expect(filter.startTime && timestampMs(filter.startTime)).toBe(NOW - 3_600_000);
    expect(filter.endTime).toBeUndefined();
  });

  it("names what the server would refuse", () => {
    expect(faults(FULL)).toEqual({});
    const wrong = {
      ...FULL,
      action: "Refund",
      text: "a b c d e f g h i",
      range: { kind: "between", from: 2, to: 1 } as const,
    };
    expect(Object.keys(faults(wrong))).toEqual(["action", "text", "range"]);
  });
});

describe("local times of inputs", () => {
  it("come back as they went", () => {
    const time = new Date(2026, 2, 29, 12, 30).getTime();
    expect(fromLocalInput(toLocalInput(time))).toBe(time);
    expect(toLocalInput(undefined)).toBe("");
    expect(fromLocalInput("")).toBeUndefined();
  });
});
