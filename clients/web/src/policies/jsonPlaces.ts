/** A place in a text: line and column from 1, offset from 0. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

const STRING = /"(?:[^"\\]|\\.)*"/y;
const SCALAR = /[^\s,\]}]+/y;
const SPACE = /\s*/y;

/** Where each member of a valid JSON text begins, by its path: `decision.attributes.amount`, `lines[2].price`. */
export function jsonPlaces(text: string): Map<string, TextPlace> {
  const places = new Map<string, TextPlace>();
  let at = 0;

  function take(pattern: RegExp): string {
    pattern.lastIndex = at;
    const match = pattern.exec(text)?.[0] ?? "";
    at += match.length;
    return match;
  }

  function members(close: string, member: () => void): void {
    at += 1;
    take(SPACE);
    while (at < text.length && text[at] !== close) {
      member();
      take(SPACE);
      if (text[at] === ",") at += 1;
      take(SPACE);
    }
    at += 1;
  }

  function value(path: string): void {
    take(SPACE);
    if (!places.has(path)) places.set(path, placeAt(text, at));
    if (text[at] === "{") members("}", () => property(path));
    else if (text[at] === "[") {
      let index = 0;
      members("]", () => value(`${path}[${index++}]`));
    } else if (take(STRING) === "" && take(SCALAR) === "") at += 1;
  }

  function property(path: string): void {
    const start = at;
    const name = JSON.parse(take(STRING) || '""') as string;
    const full = path === "" ? name : `${path}.${name}`;
    places.set(full, placeAt(text, start));
    take(SPACE);
    at += 1;
    value(full);
  }

  value("");
  return places;
}

/** The place of an offset. */
export function placeAt(text: string, offset: number): TextPlace {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - lineStart + 1, offset };
}

/** The place of the member nearest above a path: itself, else what it would stand in. */
export function nearestPlace(places: ReadonlyMap<string, TextPlace>, path: string): TextPlace | undefined {
  for (let rest = path; rest !== ""; rest = rest.replace(/(^|[.])[^.[]*$|\[[^\]]*\]$/, "")) {
    const place = places.get(rest);
    if (place !== undefined) return place;
  }
  return places.get("");
}
