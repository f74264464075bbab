// What is cut short or covered at first, and what the reviewer has opened.
import { FieldFormat } from "../../gen/andon/v1/task_pb";
import type { DecisionFields, Field } from "./fields";

/** Text above this many characters is cut short until it is opened. */
export const LONG_TEXT = 600;
/** Lists and objects above this many entries are cut short until they are opened. */
export const LONG_LIST = 12;
/** How many entries of a cut list are shown. */
export const FIRST_ENTRIES = 8;

/** A reviewer's own settings for what may upset. */
export interface Comfort {
  readonly coverUpsetting: boolean;
  readonly coverImages: boolean;
}

export interface Cover {
  readonly path: string;
  readonly label: string;
  readonly why: "long" | "covered";
}

export type Opened = ReadonlySet<string>;

/** The key under which uncovering is remembered: a covered text may be long as well. */
export function uncoveredKey(path: string): string {
  return `${path}#uncovered`;
}

export function isLong(field: Field): boolean {
  if (field.whole) return false;
  if (field.format === FieldFormat.IMAGE && typeof field.value === "string") return false;
  if (typeof field.value === "string") return field.value.length > LONG_TEXT;
  return field.children.length > LONG_LIST;
}

export function isCovered(field: Field, comfort: Comfort): boolean {
  const isImage = field.format === FieldFormat.IMAGE && typeof field.value === "string";
  return (comfort.coverUpsetting && field.upsetting && field.children.length === 0) || (isImage && comfort.coverImages);
}

/** The first part of a long text; no character is cut in two. */
export function cutText(text: string): string {
  const last = text.charCodeAt(LONG_TEXT - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? LONG_TEXT - 1 : LONG_TEXT);
}

/** The entries of a field that are on the screen. */
export function shownChildren(field: Field, opened: Opened): readonly Field[] {
  return isLong(field) && !opened.has(field.path) ? field.children.slice(0, FIRST_ENTRIES) : field.children;
}

/** Everything that is, or was at first, cut short or covered, in the order of the screen, each path once. */
export function covers(fields: readonly Field[], opened: Opened, comfort: Comfort): Cover[] {
  const found = new Map<string, Cover>();
  const visit = (field: Field): void => {
    const { path, label } = field;
    if (isCovered(field, comfort)) found.set(uncoveredKey(path), { path, label, why: "covered" });
    if (isLong(field)) found.set(path, { path, label, why: "long" });
    shownChildren(field, opened).forEach(visit);
  };
  fields.forEach(visit);
  return [...found.values()];
}

/** The covers that are still closed. */
export function unopened(all: readonly Cover[], opened: Opened): Cover[] {
  return all.filter((cover) => !opened.has(keyOf(cover)));
}

export function keyOf(cover: Cover): string {
  return cover.why === "covered" ? uncoveredKey(cover.path) : cover.path;
}

/** All fields of a decision in the order of the screen. */
export function screenOrder(fields: DecisionFields, reasoning: Field | undefined): Field[] {
  return [
    ...fields.decisive,
    ...fields.prediction,
    ...(reasoning ? [reasoning] : []),
    ...fields.input,
    ...fields.attributes,
  ];
}

/** The model's reasoning as a field, so that it is cut, opened and recorded like any other. */
export function reasoningField(reasoning: string): Field | undefined {
  if (reasoning === "") return undefined;
  return {
    path: "reasoning",
    label: "Reasoning",
    value: reasoning,
    kind: "text",
    format: FieldFormat.LONG_TEXT,
    unit: "",
    upsetting: false,
    whole: false,
    children: [],
  };
}
