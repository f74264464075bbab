// Paths such as `prediction.lines[2].price`, written as the server writes them.
import { isObject, type JsonValue } from "./json";

export function member(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

export function item(path: string, index: number): string {
  return `${path}[${index}]`;
}

/** The path without its positions: `lines[2].price` → `lines.price`. */
export function withoutPositions(path: string): string {
  return path.replace(/\[\d*\]/g, "");
}

/** The value at a path, or undefined. A member whose name holds dots is found as well. */
export function valueAt(root: JsonValue | undefined, path: string): JsonValue | undefined {
  if (path === "" || root === undefined) return root;
  if (Array.isArray(root)) {
    const found = /^\[(\d+)\]\.?/.exec(path);
    return found ? valueAt(root[Number(found[1])], path.slice(found[0].length)) : undefined;
  }
  return isObject(root) ? memberAt(root, path) : undefined;
}

function memberAt(root: { [name: string]: JsonValue }, path: string): JsonValue | undefined {
  if (Object.hasOwn(root, path)) return root[path];
  for (const [end, skip] of ends(path)) {
    const name = path.slice(0, end);
    if (!Object.hasOwn(root, name)) continue;
    const found = valueAt(root[name], path.slice(end + skip));
    if (found !== undefined) return found;
  }
  return undefined;
}

function* ends(path: string): Generator<[number, number]> {
  for (let at = path.length - 1; at > 0; at--) {
    if (path[at] === ".") yield [at, 1];
    else if (path[at] === "[") yield [at, 0];
  }
}
