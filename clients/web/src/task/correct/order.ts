// The order of a correction's fields, in its form and in the table of what it changes.
import type { Presentation } from "../../gen/andon/v1/task_pb";
import type { Change } from "../model/diff";
import { isObject, type JsonObject } from "../model/json";

const ROOT = "prediction.";

/** The names of a schema's fields: first as the policy names them, then what is required, then by name. */
export function orderOf(schema: JsonObject, presentation: Presentation | undefined): string[] {
  const places = new Map(presentation?.fields.map(({ path }, place) => [path, place]));
  // The server hands a schema on as a message, which keeps no order of properties; that of `required` it does keep.
  const required = Array.isArray(schema.required) ? schema.required : [];
  const rank = (name: string) => (required.includes(name) ? 1000 + required.indexOf(name) : 100_000);
  const place = (name: string) => places.get(ROOT + name) ?? rank(name);
  const properties = isObject(schema.properties) ? Object.keys(schema.properties) : [];
  return properties.sort((one, other) => place(one) - place(other) || (one < other ? -1 : 1));
}

/** Changes in the order of the fields they are in; those of fields that have no place come last, as they were. */
export function inOrder(changes: readonly Change[], order: readonly string[]): Change[] {
  const place = ({ path }: Change) => {
    const found = order.findIndex(
      (name) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`),
    );
    return found < 0 ? order.length : found;
  };
  return [...changes].sort((one, other) => place(one) - place(other));
}
