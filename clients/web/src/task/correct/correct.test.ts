import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { PresentationSchema } from "../../gen/andon/v1/task_pb";
import { check, fits } from "./check";
import { layoutOf } from "./layout";
import { toErrors, toJson, validator } from "./validator";

const schema = {
  type: "object",
  required: ["decision", "limit"],
  additionalProperties: false,
  properties: {
    decision: { enum: ["grant", "decline"] },
    limit: { type: "number", minimum: 0, maximum: 20000 },
    lines: { type: "array", items: { $ref: "#/$defs/line" } },
  },
  $defs: { line: { type: "object", properties: { price: { type: "number" } } } },
  if: { properties: { decision: { const: "decline" } } },
  // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
  then: { properties: { limit: { const: 0 } } },
};

describe("checking a correction", () => {
  it("says nothing where it fits", () => {
    expect(check(schema, { decision: "grant", limit: 5, lines: [{ price: 1 }] })).toEqual([]);
  });

  it("tells each fault at its field, in words", () => {
    const found = check(schema, { decision: "maybe", limit: -1, extra: 1, lines: [{ price: "1" }] });
    expect(found).toContainEqual({ path: ["decision"], text: 'must be one of "grant", "decline"' });
    expect(found).toContainEqual({ path: ["limit"], text: "must be at least 0" });
    expect(found).toContainEqual({ path: ["extra"], text: "is not allowed here" });
    expect(found).toContainEqual({ path: ["lines", "0", "price"], text: "must be of type number" });
    expect(check(schema, { decision: "grant" })).toEqual([{ path: ["limit"], text: "is required" }]);
  });

  it("follows conditions", () => {
    expect(check(schema, { decision: "decline", limit: 3 })).toContainEqual({ path: ["limit"], text: "must be 0" });
  });

  it("never throws on a schema it can't read", () => {
    expect(check({ type: "object", properties: { a: { pattern: "(" } } }, { a: "x" }).length).toBe(1);
  });

  it("resolves references of a part in the whole", () => {
    expect(fits({ $ref: "#/$defs/line" }, { price: 1 }, schema)).toBe(true);
    expect(fits({ $ref: "#/$defs/line" }, { price: "1" }, schema)).toBe(false);
  });
});

describe("the form's validator", () => {
  it("hands the faults to their fields", () => {
    const { errorSchema } = validator.validateFormData({ decision: "grant", limit: "7" }, schema as object);
    expect(errorSchema.limit?.__errors).toEqual(["must be of type number"]);
    expect(toErrors([{ path: ["a.b"], text: "x" }])).toEqual({ "a.b": { __errors: ["x"] } });
  });

  it("keeps types and leaves out what is undefined", () => {
    expect(toJson({ a: 1, b: "1", c: undefined, d: null })).toEqual({ a: 1, b: "1", d: null });
  });
});

describe("the form's layout", () => {
  it("has the policy's order, labels and units", () => {
    const presentation = create(PresentationSchema, {
      fields: [{ path: "prediction.limit", label: "Limit", unit: "EUR" }],
    });
    const layout = layoutOf(schema, presentation);
    expect(layout).toMatchObject({
      "ui:order": ["limit", "decision", "lines", "*"],
      limit: { "ui:title": "Limit (EUR)" },
    });
    expect(layout.decision).toBeUndefined();
  });
});
