import { create, type JsonObject } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { DecisionState, Outcome, ResolutionSchema, Route } from "../gen/andon/v1/decision_pb";
import { DecisionEventSchema, DecisionEventType } from "../gen/andon/v1/decision_service_pb";
import { routeSentence, toScenes } from "./story";
import { exactPercent, percent, spanWords, statusWords } from "./words";

function scene(type: DecisionEventType, details: JsonObject, actor = "ada") {
  return toScenes([create(DecisionEventSchema, { type, actor, details })], {
    prediction: { amount: 40, note: "x" },
  })[0];
}

describe("the story of a decision", () => {
  it("tells a correction field by field, and what the reviewer saw", () => {
    const told = scene(DecisionEventType.REVIEWED, {
      verdict: "CORRECT",
      override: true,
      comment: "Half of it",
      changed_fields: ["amount"],
      corrected_prediction: { amount: 20, note: "x" },
      shown: { digest: "ab".repeat(32), opened: ["input.mail"], unopened: [], view_time: 72_000_000 },
    });
    expect(told).toMatchObject({ text: "ada corrected it", comment: "Half of it", tone: "changed" });
    expect(told?.changes).toEqual([{ path: "amount", before: 40, after: 20 }]);
    expect(told?.facts).toContainEqual({ name: "Time in view", value: "1 min 12 s" });
    expect(told?.facts).toContainEqual({ name: "Opened", value: "input.mail" });
    expect(told?.facts).toContainEqual({ name: "Digest of what was shown", value: "ab".repeat(32), code: true });
    expect(told?.facts.map(({ name }) => name)).not.toContain("Not opened");
  });

  it("names the changed fields where the correction itself is not told", () => {
    const told = scene(DecisionEventType.REVIEWED, { verdict: "CORRECT", changed_fields: ["amount"] });
    expect(told?.changes).toEqual([{ path: "amount", before: undefined, after: undefined }]);
  });

  it("says that agreement is not an override", () => {
    const told = scene(DecisionEventType.REVIEWED, { verdict: "APPROVE", override: false });
    expect(told?.facts[0]?.value).toMatch(/^No/);
    expect(told?.tone).toBe("good");
  });

  it("never mistakes a deadline for a verdict", () => {
    const told = scene(DecisionEventType.EXPIRED, { holder: "bob", outcome: "EXPIRED" }, "deadline");
    expect(told?.tone).toBe("late");
    expect(told?.facts).toEqual([{ name: "Held at the time by", value: "bob" }]);
  });

  it("tells where the task went at submission", () => {
    const told = scene(DecisionEventType.SUBMITTED, {
      route: "REVIEW",
      task: { queue: "refunds", skills: [], urgency: 20 },
    });
    expect(told?.facts).toEqual([
      { name: "Queue", value: "refunds" },
      { name: "Urgency", value: "20" },
    ]);
  });

  it.each([
    [DecisionEventType.OPENED, { group: "risk" }, "One more person is asked, of risk"],
    [DecisionEventType.OPENED, {}, "One more person is asked"],
    [DecisionEventType.CLOSED, {}, "A task was closed: no verdict on it is needed any more"],
    [
      DecisionEventType.CLIMBED,
      { at: 50, notify: true, priority: "HIGH", skills: [] },
      "Time went by (50\u00a0% of its time): reviewers were reminded, its priority is high, anybody may judge it",
    ],
    [
      DecisionEventType.CLIMBED,
      { at: 60, notify: false, priority: null, skills: ["law"] },
      "Time went by (60\u00a0% of its time): those with law may judge it",
    ],
    [DecisionEventType.EXTENDED, { by: 7_200_000_000 }, "ada asked for more time: +2 h"],
    [DecisionEventType.AMENDED, { route: "REVIEW" }, "ada changed what it proposes: held for a person"],
    [DecisionEventType.REEVALUATED, { route: "BLOCK" }, "The policies had become stricter: blocked by the policy"],
    [DecisionEventType.APPEALED, { comment: "Look again" }, "ada contested its end"],
    [DecisionEventType.VIEWED, { payload_hash: "ab" }, "ada looked at it"],
    [DecisionEventType.READ, { payload_hash: "ab" }, "ada read its sensitive fields"],
    [DecisionEventType.REDEEMED, { level: 0, request_id: "one" }, "ada redeemed the answer"],
    [DecisionEventType.ERASED, { asked_for: "subject", reason: "case 7" }, "ada erased its personal data"],
    [DecisionEventType.ERASED, { earlier_proposals: [1] }, "ada erased what it had proposed about somebody else"],
    [DecisionEventType.RELEASED, { skip: true }, "ada passed it on"],
    [DecisionEventType.RELEASED, {}, "ada gave it back"],
  ] as const)("tells event %d with %o", (type, details, words) =>
    expect(scene(type, structuredClone(details) as unknown as JsonObject)?.text).toBe(words),
  );

  it("does not tell whose a hidden verdict is, nor what it was", () => {
    const told = scene(DecisionEventType.REVIEWED, {}, "");
    expect(told).toMatchObject({ text: "A verdict was given (hidden until yours)", tone: "neutral", facts: [] });
  });

  it.each([
    [{ left: "refunds", queue: "leads", at: 60 }, "Time went by (60\u00a0% of its time): it went to queue leads"],
    [{ left: "refunds", queue: "leads" }, "The deadline passed: it went to queue leads"],
  ])("tells a rung that moved it from a missed deadline: %o", (details, words) =>
    expect(scene(DecisionEventType.ESCALATED, details, "deadline")?.text).toBe(words),
  );

  it("tells once what happened to the tasks of several people at the same time", () => {
    const at = (seconds: bigint, type: DecisionEventType) =>
      create(DecisionEventSchema, { type, actor: "deadline", createTime: { seconds } });
    const { CLIMBED, OPENED } = DecisionEventType;
    const events = [at(1n, CLIMBED), at(1n, CLIMBED), at(2n, CLIMBED), at(3n, OPENED), at(3n, OPENED)];
    expect(toScenes(events, {})).toHaveLength(4);
  });

  it("tells what a correction on appeal changed, besides the decision's own end", () => {
    const details = { verdict: "CORRECT", outcome: "CORRECTED", level: 1, corrected_prediction: { amount: 20 } };
    const events = [create(DecisionEventSchema, { type: DecisionEventType.REVIEWED, actor: "bob", details })];
    const resolution = create(ResolutionSchema, { outcome: Outcome.REJECTED });
    expect(toScenes(events, { prediction: { amount: 40 }, resolution })[0]?.changes).toHaveLength(1);
  });

  it("tells an event it does not know, without failing", () => {
    expect(scene(99 as DecisionEventType, {})?.text).toMatch(/does not know/);
    expect(toScenes([create(DecisionEventSchema, { type: DecisionEventType.LEASED })], {})[0]?.facts).toEqual([]);
  });
});

describe("words", () => {
  it.each([
    [850, "850 ms"],
    [4200, "4.2 s"],
    [200_000, "3 min 20 s"],
    [7_500_000, "2 h 05 min"],
    [7_200_000, "2 h 00 min"],
    [277_200_000, "3 d 5 h"],
  ])("say %d ms as %s", (span, words) => expect(spanWords(span)).toBe(words));

  it("say shares so that a small one is not nothing", () => {
    expect([0, 0.0004, 0.004, 0.042, 0.118, 1].map(percent)).toEqual([
      "0\u00a0%",
      "0.04\u00a0%",
      "0.4\u00a0%",
      "4\u00a0%",
      "12\u00a0%",
      "100\u00a0%",
    ]);
  });

  it("say what was stated with all its digits", () => {
    expect([0.85, 0.9749, 0.07, 1].map(exactPercent)).toEqual(["85\u00a0%", "97.49\u00a0%", "7\u00a0%", "100\u00a0%"]);
  });

  it("treat a state they do not know as open", () => {
    expect(statusWords(DecisionState.RESOLVED, Outcome.EXPIRED)).toBe("Expired");
    expect(statusWords(DecisionState.RESOLVED, 42 as Outcome)).toBe("Ended");
    expect(statusWords(42 as DecisionState, undefined)).toBe("Open");
  });

  it("say why it was routed so", () => {
    expect(routeSentence(Route.REVIEW, 2, true)).toBe("Held for review: 2 rules matched; the random sample drew it.");
    expect(routeSentence(Route.AUTO_APPROVE, 0, false)).toBe("Passes by itself: no rule asked for more.");
  });
});
