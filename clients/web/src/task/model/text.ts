// Text as a person may trust it: what is invisible or misleading in it is made visible.
//
// An attacker who writes what a model reads may hide words (zero-width characters, tags), turn them round
// (bidirectional overrides) or imitate them (letters of several scripts in one word).

export interface Segment {
  readonly text: string;
  /** What is odd about it, in words; absent for plain text. */
  readonly oddity?: string;
}

const NAMES: Readonly<Record<number, string>> = {
  13: "carriage return",
  27: "escape",
  173: "soft hyphen",
  8203: "zero-width space",
  8204: "zero-width non-joiner",
  8205: "zero-width joiner",
  8206: "left-to-right mark",
  8207: "right-to-left mark",
  8234: "left-to-right embedding",
  8235: "right-to-left embedding",
  8236: "end of embedding",
  8237: "left-to-right override",
  8238: "right-to-left override",
  8232: "line separator",
  8233: "paragraph separator",
  8288: "word joiner",
  8294: "left-to-right isolate",
  8295: "right-to-left isolate",
  8296: "isolate",
  8297: "end of isolate",
  65279: "byte order mark",
};

// Everything that is drawn as nothing, or that changes how its neighbours are drawn.
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cn}\u115f\u1160\u3164\uffa0]|\u034f|\u17b4|\u17b5|[\ufe00-\ufe0d]|[\u{e0100}-\u{e01ef}]/gu;
const WORD = /[\p{L}\p{M}]+/gu;
const EMOJI_BEFORE = /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)$/u;
const EMOJI_AFTER = /^\p{Extended_Pictographic}/u;
const JOINING =
  /[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Kannada}\p{Script=Telugu}\p{Script=Gujarati}\p{Script=Gurmukhi}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** The text in segments: plain ones as they are, hidden characters by name, words of mixed scripts marked. */
export function reveal(text: string): Segment[] {
  const segments: Segment[] = [];
  let from = 0;
  for (const found of text.matchAll(HIDDEN)) {
    if (isHarmless(text, found.index, found[0])) continue;
    if (found.index > from) segments.push(...markMixed(text.slice(from, found.index)));
    segments.push(hidden(found[0]));
    from = found.index + found[0].length;
  }
  if (from < text.length) segments.push(...markMixed(text.slice(from)));
  return segments;
}

/** The revealed text as one string, as it stands on the screen. */
export function revealed(text: string): string {
  return reveal(text)
    .map((segment) => segment.text)
    .join("");
}

function isHarmless(text: string, at: number, character: string): boolean {
  if (character === "\n" || character === "\t") return true;
  if (character === "\r") return text[at + 1] === "\n";
  if (character !== "\u200d" && character !== "\u200c") return false;
  const before = text.slice(Math.max(0, at - 2), at);
  const after = text.slice(at + 1, at + 3);
  if (character === "\u200d" && EMOJI_BEFORE.test(before) && EMOJI_AFTER.test(after)) return true;
  return JOINING.test(before.slice(-1)) && JOINING.test(after.slice(0, 1));
}

function hidden(character: string): Segment {
  const code = character.codePointAt(0) ?? 0;
  const number = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const isTag = code >= 0xe0020 && code <= 0xe007e;
  const letter = isTag ? ` ${String.fromCharCode(code - 0xe0000)}` : "";
  const name = isTag ? `hidden letter ${letter.trim()}` : (NAMES[code] ?? "invisible character");
  return { text: `⟨${number}${letter}⟩`, oddity: `${name} (${number})` };
}

function markMixed(text: string): Segment[] {
  const segments: Segment[] = [];
  let from = 0;
  for (const found of text.matchAll(WORD)) {
    if (!isMixed(found[0])) continue;
    if (found.index > from) segments.push({ text: text.slice(from, found.index) });
    segments.push({ text: found[0], oddity: "letters of several alphabets in one word" });
    from = found.index + found[0].length;
  }
  if (from < text.length) segments.push({ text: text.slice(from) });
  return segments;
}

function isMixed(word: string): boolean {
  const scripts = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u];
  return scripts.filter((script) => script.test(word)).length > 1;
}
