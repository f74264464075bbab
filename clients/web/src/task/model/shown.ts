// Evidence of what the reviewer saw, sent with each verdict as `Shown`.
//
// The digest is SHA-256, in lower-case hexadecimal, over the UTF-8 text of this object in canonical JSON (RFC 8785):
//
//   { "format": "andon-web-task/1",         or "andon-web-row/1" for a row of the inbox (a bulk verdict)
//     "payload_hash": the decision's,
//     "effect": the headline sentence,
//     "reasons": [ why it was held, one sentence each, as on the screen ],
//     "fields": [ { "path", "label", "state", "text" } ... in the order of the screen ] }
//
// `text` is a field's value as it stood there (formatted, with its unit, hidden characters made visible; a list's or
// an object's is its number of entries, and its entries follow). `state` is `shown`, `cut` (`text` is the part that
// was there, or the first entries follow), `covered` (`text` is empty; so is an image not seen sharp yet) or `unseen`
// (an image that could not be shown). An image's text is its address. A field that stands among the decisive ones has
// its line there and none further down.
//
// An image that could not be shown stays among the unopened paths, until the reviewer says that they decide without it:
// then it stands among the opened ones as `PATH#unseen`, so that nobody takes it for one that was seen.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { FieldFormat } from "../../gen/andon/v1/task_pb";
import {
  type Comfort,
  type Cover,
  cutText,
  isLong,
  isSeen,
  isUnseeable,
  keyOf,
  type Opened,
  shownChildren,
  unseenKey,
} from "./cover";
import type { Field } from "./fields";
import { type Reader, write } from "./format";
import { canonical } from "./json";
import { revealed } from "./text";

export interface Line {
  readonly path: string;
  readonly label: string;
  readonly state: "shown" | "cut" | "covered" | "unseen";
  readonly text: string;
}

export interface Screen {
  readonly format: "andon-web-task/1" | "andon-web-row/1";
  readonly payloadHash: string;
  readonly effect: string;
  readonly reasons: readonly string[];
  readonly fields: readonly Line[];
}

/** What goes to the server. View time is in milliseconds. */
export interface ShownEvidence {
  readonly digest: string;
  readonly opened: readonly string[];
  readonly unopened: readonly string[];
  readonly viewMs: number;
}

const MOST_PATHS = 256;
const LONGEST_PATH = 512;
const MOST_BYTES = 8192;

/** The lines of a screen, as they stand after the reviewer has opened what they opened. */
export function lines(fields: readonly Field[], opened: Opened, comfort: Comfort, reader: Reader = {}): Line[] {
  const told = fields.filter((field) => !field.above);
  return told.flatMap((field) => [
    lineOf(field, opened, comfort, reader),
    ...lines(shownChildren(field, opened), opened, comfort, reader),
  ]);
}

function lineOf(field: Field, opened: Opened, comfort: Comfort, reader: Reader): Line {
  const { path, label } = field;
  if (!isSeen(field, opened, comfort)) return { path, label, state: "covered", text: "" };
  if (isUnseeable(field, opened)) return { path, label, state: "unseen", text: textOf(field, false, reader) };
  const isCut = isLong(field) && !opened.has(path);
  return { path, label, state: isCut ? "cut" : "shown", text: textOf(field, isCut, reader) };
}

function textOf(field: Field, isCut: boolean, reader: Reader): string {
  if (field.value === undefined) return "not given";
  if (field.children.length > 0) return String(field.children.length);
  if (field.format === FieldFormat.IMAGE && typeof field.value === "string") return revealed(field.value);
  const written = write(field.value, field.format, field.unit, reader).text;
  return revealed(isCut ? cutText(written) : written);
}

/** The digest of a screen, as this module documents it. */
export function digest(screen: Screen): string {
  const { format, effect } = screen;
  const fields = screen.fields.map(({ path, label, state, text }) => ({ path, label, state, text }));
  const text = canonical({ format, effect, fields, payload_hash: screen.payloadHash, reasons: [...screen.reasons] });
  return bytesToHex(sha256(utf8ToBytes(text)));
}

/** The evidence for a verdict. */
export function evidence(screen: Screen, covers: readonly Cover[], opened: Opened, viewMs: number): ShownEvidence {
  const closed = new Set(covers.filter((cover) => !opened.has(keyOf(cover))).map((cover) => cover.path));
  const unseen = new Set(covers.filter((cover) => cover.why === "unseen").map((cover) => cover.path));
  const left = covers.map((cover) => cover.path).filter((path) => !closed.has(path));
  const open = new Set(left.map((path) => (unseen.has(path) ? unseenKey(path) : path)));
  return {
    digest: digest(screen),
    opened: paths(open, MOST_BYTES),
    unopened: paths(closed, MOST_BYTES),
    viewMs: Math.max(0, Math.round(viewMs)),
  };
}

/** The paths as the contract takes them: so many, so long, within `left` bytes, and without control characters. */
function paths(found: ReadonlySet<string>, left: number): string[] {
  const kept: string[] = [];
  for (const path of [...found].slice(0, MOST_PATHS)) {
    const one = [...path.replace(/\p{Cc}/gu, "\ufffd")].slice(0, LONGEST_PATH).join("");
    left -= utf8ToBytes(one).length;
    if (left < 0) break;
    kept.push(one);
  }
  return kept;
}
