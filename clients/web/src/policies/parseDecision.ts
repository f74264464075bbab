import { fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";

import { type Decision, DecisionSchema } from "../gen/andon/v1/decision_pb";
import { jsonPlaces, nearestPlace, placeAt, type TextPlace } from "./jsonPlaces";

/** Why a text is not a decision, and where. `path` is empty where the text as a whole is at fault. */
export interface TextFault {
  readonly message: string;
  readonly path: string;
  readonly place?: TextPlace;
}

/** A decision, or why the text is none. */
export type Parsed = { readonly decision: Decision } | { readonly fault: TextFault };

/** Members of a decision that the caller states; the rest is the server's. */
const STATED = ["action", "confidence", "attributes", "model", "prediction", "input", "reasoning"] as const;

/** Reads a decision from protobuf JSON. Also takes the body of a submission: `{"decision": {...}}`. */
export function parseDecision(text: string): Parsed {
  const json = parseJson(text);
  if ("fault" in json) return json;
  const { value } = json;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { fault: { message: 'A decision is a JSON object: {"action": …}', path: "", place: placeAt(text, 0) } };
  }
  const inner = value.decision;
  return fromObject(inner === undefined ? value : inner, text, inner === undefined ? "" : "decision");
}

/** Where a field that the server names (`decision.attributes.amount`) stands in the text. */
export function placeOfField(text: string, field: string): TextPlace | undefined {
  const json = parseJson(text);
  if ("fault" in json) return undefined;
  const places = jsonPlaces(text);
  const path = places.has("decision") ? field : field.replace(/^decision([.]|$)/, "");
  return nearestPlace(places, path) ?? nearestPlace(places, camel(path));
}

/** What the caller stated of a decision, as indented protobuf JSON with the contract's own names. */
export function writeDecision(decision: Decision): string {
  const json = toJson(DecisionSchema, decision, { useProtoFieldName: true }) as Record<string, JsonValue>;
  const stated = STATED.filter((name) => json[name] !== undefined).map((name) => [name, json[name]]);
  return JSON.stringify(Object.fromEntries(stated), null, 2);
}

function fromObject(value: JsonValue, text: string, path: string): Parsed {
  try {
    return { decision: fromJson(DecisionSchema, value) };
  } catch (error) {
    const message = (error instanceof Error ? error.message : String(error)).replace(/andon\.v1\./g, "");
    const field =
      [/key "([^"]+)"/, /field [\w.]+\.(\w+)/].map((pattern) => pattern.exec(message)?.[1]).find(Boolean) ?? "";
    const places = jsonPlaces(text);
    const place = findMember(places, field) ?? nearestPlace(places, path);
    return { fault: { message: inWords(message, field), path: field, ...(place === undefined ? {} : { place }) } };
  }
}

function inWords(message: string, field: string): string {
  if (/key "/.test(message)) return `A decision has no member “${field}” here`;
  const found = /: (expected [^:]+)/.exec(message)?.[1] ?? message.replace(/^cannot decode (?:message|field) /, "");
  return field === "" ? found : `“${field}”: ${found}`;
}

function findMember(places: ReadonlyMap<string, TextPlace>, field: string): TextPlace | undefined {
  const paths = [...places.keys()].filter((path) => [field, camel(field)].includes(path.split(".").at(-1) ?? ""));
  return field === "" ? undefined : places.get(paths[0] ?? "");
}

function parseJson(text: string): { readonly value: JsonValue } | { readonly fault: TextFault } {
  try {
    return { value: JSON.parse(text) as JsonValue };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const place = placeAt(text, offsetOf(said, text));
    const message = `This is not JSON: ${said.replace(/ (?:in JSON )?at position.*| is not valid JSON.*|^JSON\.parse: /gs, "")}`;
    return { fault: { message, path: "", place } };
  }
}

/** Browsers say the position, the line and column, or neither; at worst the text's end is named. */
function offsetOf(message: string, text: string): number {
  const position = /position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return Number(position);
  const [, line, column] = /line (\d+) column (\d+)/.exec(message) ?? [];
  if (line === undefined || column === undefined) return text.length;
  const before = text
    .split("\n")
    .slice(0, Number(line) - 1)
    .join("\n");
  return (Number(line) === 1 ? 0 : before.length + 1) + Number(column) - 1;
}

function camel(path: string): string {
  return path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
