import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { type Decision, DecisionSchema } from "../../gen/andon/v1/decision_pb";
import { FieldFormat, PresentationSchema } from "../../gen/andon/v1/task_pb";
import { amountWarnings } from "./amounts";
import { covers, cutText, LONG_TEXT, reasoningField, screenOrder, unopened } from "./cover";
import { difference } from "./diff";
import { decisionFields, type Field, namedAt } from "./fields";
import { write } from "./format";
import { canonical, type JsonObject, type JsonValue, same } from "./json";
import { item, member, valueAt } from "./paths";
import { shapeOf } from "./shape";
import { digest, evidence, lines, type Screen } from "./shown";
import { reveal, revealed } from "./text";
import { ViewTime } from "./viewTime";

const READER = { locale: "en-GB", timeZone: "Europe/Berlin" };
const OFF = { coverUpsetting: false, greyUpsetting: false, coverImages: false, blurImages: false, greyImages: false };
const COMFORT = { ...OFF, coverUpsetting: true, greyUpsetting: true };

describe("canonical JSON", () => {
  it("sorts members and keeps types", () => {
    expect(canonical({ b: [1, "1", null], a: { z: true } })).toBe('{"a":{"z":true},"b":[1,"1",null]}');
    expect(same(1, "1")).toBe(false);
    expect(same({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
  });
});

describe("paths", () => {
  it("are written as the server writes them", () => {
    expect(member(item(member("prediction", "lines"), 2), "price")).toBe("prediction.lines[2].price");
  });

  it("find values, also below names with dots and in lists", () => {
    const root = { input: { "a.b": { c: [[1], { d: 2 }] } } };
    expect(valueAt(root, "input.a.b.c[1].d")).toBe(2);
    expect(valueAt(root, "input.a.b.c[0][0]")).toBe(1);
    expect(valueAt(root, "input.a.x")).toBeUndefined();
    expect(valueAt(root, "toString")).toBeUndefined();
  });
});

describe("hidden text", () => {
  it("is made visible and named", () => {
    expect(revealed("pay\u202Eevil\u200B!")).toBe("pay⟨U+202E⟩evil⟨U+200B⟩!");
    expect(reveal("a\u202Eb")[1]?.oddity).toBe("right-to-left override (U+202E)");
    expect(revealed(String.fromCodePoint(0xe0041))).toBe("⟨U+E0041 A⟩");
    expect(revealed("a\u0000b\rc")).toBe("a⟨U+0000⟩b⟨U+000D⟩c");
  });

  it("leaves ordinary text, emoji and joining scripts alone", () => {
    for (const text of ["Grüße, “x” 10 €\r\n\tß", "👩‍🚀 ❤️ 👍🏽", "می‌خواهم", "שלום عربي"])
      expect(
        reveal(text).filter((segment) => segment.oddity),
        text,
      ).toEqual([]);
  });

  it("marks words that mix alphabets", () => {
    expect(reveal("see pаypal now").map((segment) => [segment.text, segment.oddity !== undefined])).toEqual([
      ["see ", false],
      ["pаypal", true],
      [" now", false],
    ]);
  });
});

describe("values", () => {
  const text = (value: Parameters<typeof write>[0], format = FieldFormat.UNSPECIFIED, unit = "") =>
    write(value, format, unit, READER);

  it("are never rounded", () => {
    expect(text(1234567.8912345, FieldFormat.NUMBER).text).toBe("1\u202f234\u202f567.8912345");
    expect(text(5e-24).text).toBe("5e-24");
    expect(text(1e21).text).toBe("1e+21");
    expect(text(2 ** 53).note).toContain("larger");
  });

  it("carry units, and are written as the server's sentences write them", () => {
    expect(text(1200, FieldFormat.NUMBER, "EUR").text).toBe("1200\u00a0EUR");
    expect(text(12.5, FieldFormat.NUMBER, "EUR").text).toBe("12.50\u00a0EUR");
    expect(text(1200.125, FieldFormat.NUMBER, "EUR").text).toBe("1200.125\u00a0EUR");
    expect(text(5951, FieldFormat.NUMBER, "DM").text).toBe("5951\u00a0DM");
    expect(text(30, FieldFormat.NUMBER, "days").text).toBe("30\u00a0days");
    expect(text(0.573, FieldFormat.PERCENT)).toEqual({ text: "57.3\u00a0%", original: "0.573" });
    expect(text(12345, FieldFormat.NUMBER, "EUR")).toMatchObject({ original: "12345" });
  });

  it("tell the string 1 from the number 1", () => {
    expect(text("1")).toEqual({ text: '"1"', note: "text" });
    expect(text(1)).toEqual({ text: "1" });
    expect(text("true").text).toBe('"true"');
    expect(text("")).toEqual({ text: '""', note: "empty text" });
    expect(text("12", FieldFormat.NUMBER).note).toBe("text, not a number");
    expect(text("12", FieldFormat.TEXT)).toEqual({ text: "12" });
  });

  it("write days as days and moments in the reader's zone, with the original", () => {
    expect(text("2026-08-01", FieldFormat.DATE)).toMatchObject({ text: "1 Aug 2026", original: "2026-08-01" });
    expect(text("2026-02-31", FieldFormat.DATE).note).toBe("not a date");
    const moment = text("2026-08-01T22:30:00Z", FieldFormat.DATE_TIME);
    expect(moment.text).toContain("2 Aug 2026");
    expect(moment.text).toContain("00:30:00");
    expect(moment.original).toBe("2026-08-01T22:30:00Z");
  });
});

function decision(more: { prediction?: JsonObject; input?: JsonObject } = {}): Decision {
  return create(DecisionSchema, {
    action: "refund.issue",
    payloadHash: "ab".repeat(32),
    prediction: { amount: 120, note: "x".repeat(LONG_TEXT + 1), lines: [{ price: 1 }, { price: 2 }] },
    input: { photos: ["data:image/png;base64,AAAA"], text: "hello" },
    attributes: { amount: 120, currency: "EUR", irreversible: true, extra: { iban: "DE00" } },
    ...more,
  });
}

const presentation = create(PresentationSchema, {
  effect: "120 EUR are paid out",
  fields: [
    { path: "prediction.amount", label: "Refund", unit: "EUR", format: FieldFormat.NUMBER, decisive: true },
    { path: "attributes.extra.iban", label: "Account", decisive: true },
    { path: "prediction.lines.price", unit: "EUR" },
    { path: "input.photos", format: FieldFormat.IMAGE, upsetting: true },
    { path: "prediction.missing", decisive: true },
  ],
});

describe("fields", () => {
  const fields = decisionFields(decision(), presentation);

  it("put the decisive ones first, in the policy's order, missing ones too", () => {
    expect(fields.decisive.map(({ label, kind, unit }) => [label, kind, unit])).toEqual([
      ["Refund", "number", "EUR"],
      ["Account", "text", ""],
      ["missing", "missing", ""],
    ]);
    expect(fields.prediction.map((field) => field.label)).toEqual(["note", "lines"]);
  });

  it("hand the policy's word down to members and items", () => {
    expect(fields.input[0]?.children[0]).toMatchObject({ path: "input.photos[0]", label: "1", upsetting: true });
    expect(fields.prediction[1]?.children[1]?.children[0]).toMatchObject({
      path: "prediction.lines[1].price",
      unit: "EUR",
    });
    expect(fields.attributes[0]).toMatchObject({ path: "attributes.amount", unit: "EUR" });
  });

  it("follow the policy's order; else brief ones come first, by name, whatever order they arrive in", () => {
    const ordered = create(PresentationSchema, { fields: [{ path: "input.photos" }, { path: "input.text" }] });
    expect(decisionFields(decision(), ordered).input.map((field) => field.label)).toEqual(["photos", "text"]);
    expect(decisionFields(decision(), undefined).input.map((field) => field.label)).toEqual(["text", "photos"]);
    const mixed = decision({ input: { b: [1], z: 1, a: "x" } });
    expect(decisionFields(mixed, undefined).input.map((field) => field.label)).toEqual(["a", "z", "b"]);
  });

  it("only refer to what stands among the decisive ones, wherever it is", () => {
    const told = create(PresentationSchema, { fields: ["input.text", "prediction.lines[1].price"].map(decisive) });
    const { input, prediction } = decisionFields(decision(), told);
    expect(input.map((field) => [field.label, field.above ?? false])).toContainEqual(["text", true]);
    const lines = prediction.find((field) => field.label === "lines");
    expect(lines?.children.map((line) => line.children[0]?.above ?? false)).toEqual([false, true]);
    const screen = screenOrder(decisionFields(decision(), told), undefined);
    expect(linesOf(screen).filter((line) => line.path === "input.text").length).toBe(1);
  });

  it("have the policy's label, format and unit by their path", () => {
    expect(namedAt("prediction.amount", presentation)).toMatchObject({ label: "Refund", unit: "EUR" });
    expect(namedAt("prediction.lines[1].price", presentation)).toMatchObject({ label: "lines[1].price", unit: "EUR" });
    expect(namedAt("prediction.note", undefined)).toMatchObject({ label: "note", unit: "" });
  });

  it("take the proposal's brief members for decisive where the policy says nothing", () => {
    expect(decisionFields(decision(), undefined).decisive.map((field) => field.label)).toEqual(["amount"]);
  });
});

const decisive = (path: string) => ({ path, decisive: true });
const linesOf = (fields: readonly Field[]) => lines(fields, new Set(), COMFORT, READER);

describe("the amount that is proposed", () => {
  const warnings = (amount: number | undefined, prediction: JsonObject, unit = "EUR") => {
    const named = create(PresentationSchema, {
      fields: Object.keys(prediction).map((name) => ({ ...decisive(`prediction.${name}`), unit })),
    });
    const one = decision({ prediction });
    const attributes = one.attributes && { ...one.attributes, amount };
    return amountWarnings(attributes, decisionFields(one, named).decisive);
  };

  it("is told where it is not the one that the rules have judged", () => {
    expect(warnings(755.47, { refund: 400.84 })).toEqual([
      "The rules looked at 755.47\u00a0EUR; what is proposed is 400.84\u00a0EUR (refund).",
    ]);
    expect(warnings(100, { amount: 90 }, "").length).toBe(1);
  });

  it("is not where they are equal, or can't be compared", () => {
    expect(warnings(400.84, { refund: 400.84 })).toEqual([]);
    expect(warnings(100, { refund: 90 }, "USD")).toEqual([]);
    expect(warnings(100, { days: 90 }, "")).toEqual([]);
    expect(warnings(100, { refund: "90" })).toEqual([]);
    expect(warnings(undefined, { refund: 90 })).toEqual([]);
  });
});

describe("covers", () => {
  const order = screenOrder(decisionFields(decision(), presentation), reasoningField("r".repeat(700)));

  it("are long and upsetting fields, until they are opened", () => {
    const all = covers(order, new Set(), COMFORT);
    expect(all.map((cover) => [cover.path, cover.why])).toEqual([
      ["prediction.note", "long"],
      ["reasoning", "long"],
      ["input.photos[0]", "covered"],
    ]);
    expect(unopened(all, new Set(["reasoning", "input.photos[0]#uncovered"])).map((cover) => cover.path)).toEqual([
      "prediction.note",
    ]);
  });

  it("hold an image that may upset until it was seen sharp, as one thing to open", () => {
    const [photo, uncovered, sharp] = ["input.photos[0]", "input.photos[0]#uncovered", "input.photos[0]#sharp"];
    const pictured = decision({ input: { photos: ["https://photos.example/a.png"] } });
    const fields = screenOrder(decisionFields(pictured, presentation), undefined);
    const blank: Screen = { format: "andon-web-task/1", payloadHash: "", effect: "", reasons: [], fields: [] };
    const found = (...keys: string[]) => {
      const opened = new Set(keys);
      const all = covers(fields, opened, COMFORT);
      const { opened: seen } = evidence(blank, all, opened, 1);
      const state = lines(fields, opened, COMFORT).find((line) => line.path === photo)?.state;
      const left = unopened(all, opened).filter((cover) => cover.path === photo);
      return [left.map((cover) => cover.why), seen.includes(photo), state];
    };
    expect(found()).toEqual([["covered"], false, "covered"]);
    expect(found(uncovered)).toEqual([["blurred"], false, "covered"]);
    expect(found(uncovered, sharp)).toEqual([[], true, "shown"]);
  });

  it("follow the reader's own settings", () => {
    const found = (coverUpsetting: boolean, coverImages: boolean) =>
      covers(order, new Set(), { ...OFF, coverUpsetting, coverImages }).filter((cover) => cover.why === "covered")
        .length;
    expect([found(true, false), found(false, true), found(false, false)]).toEqual([1, 1, 0]);
  });

  it("hold back images of other hosts, whatever the reader has set", () => {
    const remote = decision({ input: { photos: ["https://photos.example/a.png", "http://photos.example/b.png"] } });
    const fields = screenOrder(decisionFields(remote, presentation), undefined);
    const found = covers(fields, new Set(), OFF);
    expect(found.filter((cover) => cover.why === "covered").map((cover) => cover.path)).toEqual(["input.photos[0]"]);
  });

  it("never cut a decisive field", () => {
    const whole = create(PresentationSchema, { fields: [{ path: "prediction", decisive: true }] });
    expect(covers(screenOrder(decisionFields(decision(), whole), undefined), new Set(), COMFORT)).toEqual([]);
  });

  it("appear inside a long list only once it is opened", () => {
    const long = decision({ prediction: { list: Array.from({ length: 20 }, () => "y".repeat(601)) }, input: {} });
    const found = (opened: string[]) =>
      covers(screenOrder(decisionFields(long, undefined), undefined), new Set(opened), COMFORT);
    expect(found([]).length).toBe(1 + 8);
    expect(found(["prediction.list"]).length).toBe(1 + 20);
  });

  it("cut no character in two", () => {
    expect(cutText(`${"a".repeat(LONG_TEXT - 1)}😀`)).toBe("a".repeat(LONG_TEXT - 1));
  });
});

describe("an image that can't be seen", () => {
  const photo = "input.photo";
  const told = create(PresentationSchema, { fields: [{ path: photo, format: FieldFormat.IMAGE }] });
  const fields = decisionFields(
    decision({ input: { photo: "data:image/png;base64,AAAA" }, prediction: {} }),
    told,
  ).input;
  const blank: Screen = { format: "andon-web-task/1", payloadHash: "", effect: "", reasons: [], fields: [] };
  const of = (...keys: string[]) => {
    const opened = new Set(keys);
    const { opened: seen, unopened: left } = evidence(blank, covers(fields, opened, OFF), opened, 1);
    return { seen, left, state: lines(fields, opened, OFF)[0]?.state };
  };

  it("is never told as seen: it stays unopened until it is decided without, and is named so then", () => {
    expect(of()).toEqual({ seen: [], left: [], state: "shown" });
    expect(of(`${photo}#broken`)).toEqual({ seen: [], left: [photo], state: "unseen" });
    expect(of(`${photo}#broken`, `${photo}#sharp`)).toEqual({ seen: [], left: [photo], state: "unseen" });
    expect(of(`${photo}#broken`, `${photo}#unseen`)).toEqual({ seen: [`${photo}#unseen`], left: [], state: "unseen" });
  });
});

describe("the evidence of what was shown", () => {
  const fields = screenOrder(decisionFields(decision(), presentation), undefined);
  const screen = (opened: string[]): Screen => ({
    format: "andon-web-task/1",
    payloadHash: "ab".repeat(32),
    effect: "120 EUR are paid out",
    reasons: ["The effect can't be undone"],
    fields: lines(fields, new Set(opened), COMFORT, READER),
  });

  it("has a line for each field, as it stands on the screen", () => {
    const found = new Map(screen([]).fields.map((line) => [line.path, line]));
    expect(found.get("prediction.amount")).toEqual({
      path: "prediction.amount",
      label: "Refund",
      state: "shown",
      text: "120\u00a0EUR",
    });
    expect(found.get("prediction.note")).toMatchObject({ state: "cut", text: "x".repeat(LONG_TEXT) });
    expect(found.get("input.photos[0]")).toMatchObject({ state: "covered", text: "" });
    expect(found.get("prediction.missing")?.text).toBe("not given");
  });

  it("has the documented digest, which changes with what was opened", () => {
    const one: Screen = { format: "andon-web-row/1", payloadHash: "00", effect: "e", reasons: [], fields: [] };
    // printf '{"effect":"e","fields":[],"format":"andon-web-row/1","payload_hash":"00","reasons":[]}' | sha256sum
    expect(digest(one)).toBe("0f9aa63dfaacb7becedc22f63f8027b056b4994f83cabfddc75b7122e8a8f73c");
    expect(digest(screen([]))).not.toBe(digest(screen(["prediction.note"])));
  });

  it("names each path once, as opened or not", () => {
    const opened = new Set(["prediction.note"]);
    const all = covers(fields, opened, COMFORT);
    const shown = evidence(screen(["prediction.note"]), all, opened, 1234.6);
    expect(shown).toMatchObject({ opened: ["prediction.note"], unopened: ["input.photos[0]"], viewMs: 1235 });
  });
});

describe("difference", () => {
  it("names each field that changes, with its types", () => {
    const before = { amount: 1, lines: [{ price: 1 }, { price: 2 }], gone: null };
    const after = { amount: "1", lines: [{ price: 1 }, { price: 3 }, { price: 4 }] };
    expect(difference(before, after)).toEqual([
      { path: "amount", before: 1, after: "1" },
      { path: "lines[1].price", before: 2, after: 3 },
      { path: "lines[2]", before: undefined, after: { price: 4 } },
      { path: "gone", before: null, after: undefined },
    ]);
    expect(difference({ a: 1, b: [] }, { b: [], a: 1 })).toEqual([]);
  });
});

describe("the shape of a prediction", () => {
  it("keeps every type", () => {
    expect(shapeOf({ a: "x", b: 1, c: true, d: [{ e: 1 }, { e: 2 }] })).toEqual({
      type: "object",
      properties: {
        a: { type: "string" },
        b: { type: "number" },
        c: { type: "boolean" },
        d: { type: "array", items: { type: "object", properties: { e: { type: "number" } } } },
      },
    });
  });

  it("gives up where a form could not", () => {
    const values: JsonValue[] = [{ a: null }, { a: [] }, { a: [1, "1"] }, { a: [{ x: 1 }, { y: 1 }] }];
    for (const value of values) expect(shapeOf(value)).toBeUndefined();
  });
});

describe("view time", () => {
  it("counts only while the task is visible and somebody is there", () => {
    let now = 0;
    const time = new ViewTime(() => now);
    now = 10_000;
    time.visible(false);
    now = 50_000;
    time.visible(true);
    now = 55_000;
    expect(time.total()).toBe(15_000);
    now = 500_000;
    expect(time.total()).toBe(10_000 + 60_000);
    time.active();
    now = 501_000;
    expect(time.total()).toBe(71_000);
  });
});
