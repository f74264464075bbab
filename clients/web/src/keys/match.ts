const APPLE = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);

export type Stroke = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** Whether a key stroke is the one that a binding names. */
export function matches(name: string, stroke: Stroke, apple: boolean = APPLE): boolean {
  const parts = name === "+" ? ["+"] : name.split("+");
  const key = parts.at(-1) ?? "";
  const wantsMod = parts.includes("mod");
  const [mod, other] = apple ? [stroke.metaKey, stroke.ctrlKey] : [stroke.ctrlKey, stroke.metaKey];
  if (mod !== wantsMod || other || stroke.altKey) return false;
  // A character says by itself whether Shift was held: `?` is another key elsewhere.
  const character = key.length === 1;
  if (parts.includes("shift") ? !stroke.shiftKey : !character && stroke.shiftKey) return false;
  return character && (wantsMod || parts.includes("shift")) ? stroke.key.toLowerCase() === key : stroke.key === key;
}
