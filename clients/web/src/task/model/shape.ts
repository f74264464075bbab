// A schema made from a prediction's own shape, where the policy gives none: each field keeps its type.
import { isObject, type JsonObject, type JsonValue, kindOf, same } from "./json";

/** The schema of a value's shape; undefined where a form could not edit it and keep its types. */
export function shapeOf(value: JsonValue | undefined): JsonObject | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return listShape(value);
  if (isObject(value)) return objectShape(value);
  return { type: typeof value };
}

function objectShape(value: JsonObject): JsonObject | undefined {
  const properties: JsonObject = {};
  for (const [name, inner] of Object.entries(value)) {
    const shape = shapeOf(inner);
    if (!shape) return undefined;
    properties[name] = shape;
  }
  return { type: "object", properties };
}

function listShape(value: JsonValue[]): JsonObject | undefined {
  const kinds = new Set(value.map(kindOf));
  if (value.length === 0 || kinds.size > 1) return undefined;
  const shapes = value.map(shapeOf);
  const [first] = shapes;
  if (!first || !shapes.every((shape) => shape && same(shape, first))) return undefined;
  return { type: "array", items: first };
}
