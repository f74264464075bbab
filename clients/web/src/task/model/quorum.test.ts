import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { Outcome, ResolutionSchema, TimeoutDefault } from "../../gen/andon/v1/decision_pb";
import { QuorumSchema, SeatRole } from "../../gen/andon/v1/task_pb";
import { endingWords } from "./endings";
import { isShare, quorumWords } from "./quorum";

const quorum = (given: MessageInitShape<typeof QuorumSchema>) =>
  create(QuorumSchema, { expression: "2", role: SeatRole.REGULAR, ...given });

describe("a task of which one verdict is not enough", () => {
  it.each([
    [{ expression: "2" }, "", "2 verdicts needed"],
    [{ expression: "2 of 3" }, "", "2 verdicts needed (2 of 3)"],
    [{ expression: "1" }, "", "1 verdict needed"],
    [
      { expression: "1 of risk and 1 of legal", blind: true },
      "risk",
      "2 verdicts needed (1 of risk and 1 of legal) · yours counts for risk · " +
        "others' verdicts stay hidden until yours is given",
    ],
    [{ role: SeatRole.EXTRA }, "", "2 verdicts needed · verdicts differed: yours is asked in addition"],
    [{ role: SeatRole.TIE_BREAK }, "lead", "2 verdicts needed · verdicts differed: yours decides"],
    [{ veto: ["legal", "lead"] }, "", "2 verdicts needed · a rejection by legal or lead ends it"],
  ])("%o of group %j", (given, group, words) => expect(quorumWords({ quorum: quorum(given), group })).toBe(words));

  it("is told of such a task alone", () => expect(quorumWords({ group: "risk" })).toBeUndefined());

  it("ends with the verdict that breaks the tie", () => {
    expect([{ quorum: quorum({}) }, { quorum: quorum({ role: SeatRole.TIE_BREAK }) }, {}].map(isShare)).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe("a decision that nobody judged in time", () => {
  it.each([
    [TimeoutDefault.APPROVE, "Nobody judged it in time; by the policy it may happen"],
    [TimeoutDefault.REJECT, "Nobody judged it in time; by the policy it must not happen"],
    [TimeoutDefault.UNSPECIFIED, "Nobody judged it before its deadline, so it may not go ahead"],
  ])("with default %d", (timeoutDefault, words) =>
    expect(endingWords(create(ResolutionSchema, { outcome: Outcome.EXPIRED, timeoutDefault }))).toBe(words),
  );
});
