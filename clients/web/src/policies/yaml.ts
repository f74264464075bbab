/** What a piece of YAML is, for its colour. */
export type TokenKind = "plain" | "key" | "string" | "number" | "word" | "comment" | "mark";

/** A piece of one line. All pieces of a line, joined, are the line. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const PIECES: readonly (readonly [TokenKind, RegExp])[] = [
  ["comment", /^#.*/],
  ["key", /^(?:[A-Za-z_][\w.-]*|"[^"]*"|'[^']*')(?=\s*:(?:\s|$))/],
  ["string", /^"(?:[^"\\]|\\.)*"|^'(?:[^']|'')*'/],
  ["mark", /^[-:?,[\]{}|>]+(?=\s|$|[[\]{}])|^[[\]{},]/],
  ["number", /^-?\d+(?:\.\d+)?(?=[\s,\]}]|$)/],
  ["word", /^(?:true|false|null|~)(?=[\s,\]}]|$)/],
];
const BLOCK = /^(\s*)(?:-\s+)?[\w.-]+\s*:\s*[|>][-+\d]*\s*$/;

/** Cuts a YAML text into coloured lines. It reads the YAML of policies; whatever it does not know stays plain. */
export function highlight(source: string): Token[][] {
  let block: number | null = null;
  return source
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => {
      const indent = line.search(/\S|$/);
      if (block !== null && (line.trim() === "" || indent > block)) return [{ kind: "string", text: line }];
      block = BLOCK.exec(line)?.[1]?.length ?? null;
      return tokens(line);
    });
}

function tokens(line: string): Token[] {
  const all: Token[] = [];
  let rest = line;
  let fresh = true;
  while (rest !== "") {
    const token: Token = fresh ? piece(rest) : plain(rest);
    const last = all.at(-1);
    if (last?.kind === "plain" && token.kind === "plain") all.splice(-1, 1, plainToken(last.text + token.text));
    else all.push(token);
    rest = rest.slice(token.text.length);
    fresh = token.kind !== "plain" || /[\s[\]{},]$/.test(token.text);
  }
  return all;
}

function piece(rest: string): Token {
  for (const [kind, pattern] of PIECES) {
    const text = pattern.exec(rest)?.[0];
    if (text !== undefined && text !== "") return { kind, text };
  }
  return plain(rest);
}

/** What belongs to nothing else: white space, or one word. */
function plain(rest: string): Token {
  return plainToken(/^\s+|^[^\s,[\]{}]+(?=[\s,\]}[{]|$)|^./.exec(rest)?.[0] ?? rest);
}

function plainToken(text: string): Token {
  return { kind: "plain", text };
}
