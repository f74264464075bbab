import { describe, expect, it } from "vitest";

import { exampleFor } from "./example";
import { jsonPlaces, nearestPlace } from "./jsonPlaces";
import { parseDecision, placeOfField, writeDecision } from "./parseDecision";
import { highlight } from "./yaml";

const SOURCE = `# refunds
policy: refunds
description: >-
  Refunds: all of them.

actions: ["refund.*"]
attributes: {region: string, chargebacks: int}
confidence: {threshold: 0.85}
rules:
  - id: high-value
    when: decision.attributes.amount > 50.0 || x
    irreversible: true # yes
`;

describe("the YAML highlighter", () => {
  const lines = highlight(SOURCE);
  const kinds = (line: number) =>
    (lines[line] ?? []).filter(({ text }) => text.trim() !== "").map(({ kind, text }) => [kind, text]);

  it("loses no character", () => {
    expect(`${lines.map((line) => line.map(({ text }) => text).join("")).join("\n")}\n`).toBe(SOURCE);
  });

  it("knows keys, strings, numbers, words and comments", () => {
    expect(kinds(0)).toEqual([["comment", "# refunds"]]);
    expect(kinds(1)).toEqual([
      ["key", "policy"],
      ["mark", ":"],
      ["plain", " refunds"],
    ]);
    expect(kinds(5)).toContainEqual(["string", '"refund.*"']);
    expect(kinds(7)).toContainEqual(["number", "0.85"]);
    expect(kinds(7)).toContainEqual(["key", "threshold"]);
    expect(kinds(11)).toEqual([
      ["key", "irreversible"],
      ["mark", ":"],
      ["word", "true"],
      ["comment", "# yes"],
    ]);
  });

  it("takes a folded text for a text", () => {
    expect(kinds(3)).toEqual([["string", "  Refunds: all of them."]]);
    expect(kinds(5)[0]).toEqual(["key", "actions"]);
  });
});

describe("places in JSON", () => {
  const text = '{\n  "a": {"b": [1, {"c": "x:{"}]},\n  "d": null\n}';

  it("are known for every member", () => {
    const places = jsonPlaces(text);
    expect([...places.keys()]).toEqual(["", "a", "a.b", "a.b[0]", "a.b[1]", "a.b[1].c", "d"]);
    expect(places.get("d")).toMatchObject({ line: 3, column: 3 });
    expect(places.get("a.b[1].c")).toMatchObject({ line: 2, column: 19 });
  });

  it("fall back to what a member would stand in", () => {
    const places = jsonPlaces(text);
    expect(nearestPlace(places, "a.b[7].x")).toEqual(places.get("a.b"));
    expect(nearestPlace(places, "z")).toEqual(places.get(""));
  });
});

describe("a decision from JSON", () => {
  it("takes both names of a member, and the body of a submission", () => {
    for (const text of [
      '{"action":"a","attributes":{"high_value":true}}',
      '{"decision":{"attributes":{"highValue":true}}}',
    ]) {
      const parsed = parseDecision(text);
      expect("decision" in parsed && parsed.decision.attributes?.highValue).toBe(true);
    }
  });

  it("comes back as it went, without what is the server's", () => {
    const text = exampleFor(undefined);
    const parsed = parseDecision(text.replace("{", '{"name": "decisions/x", '));
    expect("decision" in parsed && JSON.parse(writeDecision(parsed.decision))).toEqual({
      ...JSON.parse(text),
      attributes: { amount: 42, currency: "EUR", subject: "customers/4711" },
    });
  });

  it.each([
    ['{"action": "a",\n "confidence": "much"}', 2, /confidence/],
    ['{"action": "a",\n "confidance": 0.5}', 2, /confidance/],
    ['{"action": "a",\n "attributes": {"amuont": 3}}', 2, /amuont/],
    ['{"action": "a"\n "confidence": 1}', 2, /not JSON/],
    ["[]", 1, /object/],
    ["", 1, /not JSON/],
  ])("names the fault of %j in line %d", (text, line, message) => {
    const parsed = parseDecision(text);
    if (!("fault" in parsed)) throw new Error("it was taken");
    expect(parsed.fault.place?.line).toBe(line);
    expect(parsed.fault.message).toMatch(message);
  });

  it("knows where a field that the server names stands", () => {
    const text = '{\n "action": "A",\n "attributes": {\n  "currency": "eur"}}';
    expect(placeOfField(text, "decision.attributes.currency")).toMatchObject({ line: 4 });
    expect(placeOfField(`{"decision": ${text}}`, "decision.action")).toMatchObject({ line: 2 });
    expect(placeOfField(text, "decision.confidence")).toMatchObject({ line: 1 });
  });
});

describe("the example", () => {
  it("is of an action that the policy governs, with its extra attributes", () => {
    const example = JSON.parse(exampleFor({ actions: ["refund.*"], source: SOURCE }));
    expect(example.action).toBe("refund.example");
    expect(example.attributes.extra).toEqual({ region: "text", chargebacks: 1 });
    expect("decision" in parseDecision(JSON.stringify(example))).toBe(true);
  });
});
