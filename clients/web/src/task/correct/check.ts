// Checks a correction against its JSON Schema, and tells faults in words. No `eval`: the page's policy forbids it.
import { type OutputUnit, type Schema, Validator } from "@cfworker/json-schema";
import type { JsonObject, JsonValue } from "../model/json";

export interface SchemaFault {
  /** Members and positions from the root: `["lines", "2", "price"]`. */
  readonly path: readonly string[];
  readonly text: string;
}

// What only says that something further in is wrong.
const WRAPPERS: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "additionalProperties",
  "unevaluatedProperties",
  "items",
  "prefixItems",
  "additionalItems",
  "unevaluatedItems",
  "$ref",
  "$dynamicRef",
  "allOf",
  "if",
  "dependentSchemas",
]);

/** All faults of a value; empty where it fits. A schema that can't be read is one fault: the server will tell. */
export function check(schema: JsonObject, value: JsonValue | undefined): SchemaFault[] {
  try {
    const { valid, errors } = new Validator(schema as Schema, "2020-12", false).validate(value);
    return valid ? [] : faults(errors);
  } catch {
    return [{ path: [], text: "The policy's schema can't be read here; the server will check the correction." }];
  }
}

/** Whether a value fits a part of a schema, whose references are those of the whole. */
export function fits(part: JsonObject | boolean, value: JsonValue | undefined, whole: JsonObject): boolean {
  if (typeof part === "boolean") return part;
  const shared = Object.fromEntries(
    ["$defs", "definitions"].flatMap((name) => (whole[name] ? [[name, whole[name]]] : [])),
  );
  try {
    return new Validator({ ...shared, ...part } as Schema, "2020-12").validate(value).valid;
  } catch {
    return false;
  }
}

function faults(errors: readonly OutputUnit[]): SchemaFault[] {
  const leaves = errors.filter((error) => !WRAPPERS.has(error.keyword)).map(toFault);
  const seen = new Set<string>();
  return leaves.filter((fault) => {
    const key = JSON.stringify(fault);
    return !seen.has(key) && seen.add(key);
  });
}

function toFault({ keyword, instanceLocation, error }: OutputUnit): SchemaFault {
  const path = pointer(instanceLocation);
  const missing = /required property "(.*)"/.exec(error)?.[1];
  if (keyword === "required" && missing !== undefined) return { path: [...path, missing], text: "is required" };
  return { path, text: words(keyword, error) };
}

function words(keyword: string, error: string): string {
  const last = /(\S+)\.$/.exec(error)?.[1] ?? "";
  const listed = /any of (.*)\.$/.exec(error)?.[1] ?? "";
  const wanted = /Expected (.*)\.$/.exec(error)?.[1] ?? "";
  const match = /match (.*)\.$/.exec(error)?.[1] ?? "";
  const told: Record<string, string> = {
    type: `must be of type ${wanted.replaceAll('"', "")}`,
    const: `must be ${match}`,
    enum: `must be one of ${listed.replace(/^\[|\]$/g, "").replaceAll(",", ", ")}`,
    minimum: `must be at least ${last}`,
    maximum: `must be at most ${last}`,
    exclusiveMinimum: `must be more than ${last}`,
    exclusiveMaximum: `must be less than ${last}`,
    multipleOf: `must be a multiple of ${last}`,
    false: "is not allowed here",
    oneOf: "must fit exactly one of the choices",
    anyOf: "must fit one of the choices",
    pattern: "does not have the right form",
  };
  if (keyword === "then" || keyword === "else") return "does not fit together with the other fields";
  return told[keyword] ?? error;
}

function pointer(location: string): string[] {
  const parts = location.replace(/^#\/?/, "").split("/");
  if (parts.length === 1 && parts[0] === "") return [];
  return parts.map((part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~"));
}
