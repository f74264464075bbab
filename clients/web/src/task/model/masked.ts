// What the policies keep from the caller: where it is, and what stands there instead.
import type { JsonValue } from "./json";
import { withoutPositions } from "./paths";

/** What the server puts in the place of a value that is kept from the caller. */
export const MASK = "[masked]";

/** Whether a field is kept from the caller: named by the server, and its value is not there. */
export function isMasked(path: string, value: JsonValue | undefined, kept: readonly string[]): boolean {
  return value === MASK && isKept(withoutPositions(path), kept);
}

/** Whether something at this path of a prediction (`["lines", "2", "iban"]`) is kept from the caller. */
export function isKeptMember(path: readonly string[], kept: readonly string[]): boolean {
  const names = path.filter((part) => !/^\d+$/.test(part));
  return isKept(["prediction", ...names].join("."), kept);
}

function isKept(path: string, kept: readonly string[]): boolean {
  return kept.some((one) => path === one || path.startsWith(`${one}.`));
}
