const APPLE = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);

export type Stroke = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

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
  const struck = characterOf(stroke);
  return character && (wantsMod || parts.includes("shift")) ? struck.toLowerCase() === key : struck === key;
}

/**
 * The character that was meant: where the keyboard has no Latin letters, the one of the key's place on one that has;
 * small unless Shift is held, whatever Caps Lock says.
 */
export function characterOf({ key, code, shiftKey }: Pick<Stroke, "key" | "code" | "shiftKey">): string {
  const place = /^Key([A-Z])$/.exec(code)?.[1];
  const letter = key.length === 1 && key > "~" && place ? place : key;
  if (!/^[a-z]$/i.test(letter)) return key;
  return shiftKey ? letter.toUpperCase() : letter.toLowerCase();
}

/** Whether a binding is a character alone, which speech input and a resting hand strike by accident. */
export function isCharacter(name: string): boolean {
  return name.length === 1;
}
