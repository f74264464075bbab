// The difference between the AI's prediction and a correction, field by field, as the server counts it.
import { isObject, type JsonValue, same } from "./json";
import { item, member } from "./paths";

export interface Change {
  readonly path: string;
  /** Undefined where the field is new. */
  readonly before: JsonValue | undefined;
  /** Undefined where the field is taken away. */
  readonly after: JsonValue | undefined;
}

/** Where two values differ; empty for equal ones. 1 and "1" differ. */
export function difference(before: JsonValue | undefined, after: JsonValue | undefined, path = ""): Change[] {
  if (isObject(before) && isObject(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) => difference(before[name], after[name], member(path, name)));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, at) => difference(before[at], after[at], item(path, at))).flat();
  }
  return same(before, after) ? [] : [{ path, before, after }];
}
