import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { DecisionSchema } from "../../gen/andon/v1/decision_pb";
import { FieldFormat, PresentationSchema } from "../../gen/andon/v1/task_pb";
import { covers, reasoningField, screenOrder } from "./cover";
import { decisionFields } from "./fields";
import { isKeptMember, isMasked } from "./masked";
import { lines } from "./shown";

const COMFORT = { coverUpsetting: true, greyUpsetting: true, coverImages: true, blurImages: true, greyImages: true };
const decision = create(DecisionSchema, {
  input: { photo: "[masked]", letter: "[masked]", people: [{ name: "Ann", iban: "[masked]" }] },
  prediction: { amount: "[masked]" },
  reasoning: "[masked]",
  maskedFields: ["input.photo", "input.people.iban", "prediction.amount", "reasoning"],
});
const presentation = create(PresentationSchema, {
  fields: [
    { path: "prediction.amount", label: "Refund", format: FieldFormat.NUMBER, unit: "EUR", decisive: true },
    { path: "input.photo", format: FieldFormat.IMAGE, upsetting: true },
  ],
});
const fields = decisionFields(decision, presentation);
const order = screenOrder(fields, reasoningField(decision.reasoning, decision.maskedFields));

describe("what is kept from the caller", () => {
  it("is told, with its label, by the path the server names", () => {
    const flat = order.flatMap((field) => [field, ...field.children, ...field.children.flatMap((one) => one.children)]);
    expect(flat.filter((field) => field.masked).map((field) => field.path)).toEqual([
      "prediction.amount",
      "reasoning",
      "input.photo",
      "input.people[0].iban",
    ]);
    expect(fields.decisive[0]).toMatchObject({ label: "Refund", unit: "" });
  });

  it("is told of what lies within it as well", () => {
    const inside = create(DecisionSchema, { input: { patient: "[masked]" }, maskedFields: ["input.patient"] });
    const named = create(PresentationSchema, {
      fields: [{ path: "input.patient.name", label: "Name", decisive: true }],
    });
    expect(decisionFields(inside, named).decisive).toMatchObject([{ label: "Name", masked: true }]);
    const bare = create(DecisionSchema, { input: {}, maskedFields: ["input.patient"] });
    expect(decisionFields(bare, named).decisive).toMatchObject([{ label: "Name", kind: "missing" }]);
  });

  it("can't be opened, uncovered or loaded, and keeps no verdict back", () => {
    expect(covers(order, new Set(), COMFORT)).toEqual([]);
  });

  it("stands in the evidence as it stood on the screen", () => {
    const [amount] = lines(order, new Set(), COMFORT);
    expect(amount).toEqual({ path: "prediction.amount", label: "Refund", state: "shown", text: "[masked]" });
  });

  it("is not the caller's own text that happens to say the same", () => {
    expect(isMasked("input.letter", "[masked]", decision.maskedFields)).toBe(false);
    expect(isMasked("input.photo", "a photo", decision.maskedFields)).toBe(false);
    expect(isMasked("input.photography", "[masked]", ["input.photo"])).toBe(false);
  });

  it("is found in a correction, through lists as well", () => {
    expect(isKeptMember(["lines", "2", "iban"], ["prediction.lines.iban"])).toBe(true);
    expect(isKeptMember(["lines", "2", "price"], ["prediction.lines.iban"])).toBe(false);
  });
});
