// What is cut short or covered at first, and what the reviewer has opened.
import { FieldFormat } from "../../gen/andon/v1/task_pb";
import { type DecisionFields, type Field, maskedField } from "./fields";
import { isMasked } from "./masked";

/** Text above this many characters is cut short until it is opened. */
export const LONG_TEXT = 600;
/** Lists and objects above this many entries are cut short until they are opened. */
const LONG_LIST = 12;
/** How many entries of a cut list are shown. */
const FIRST_ENTRIES = 8;

/** A reviewer's own settings for what may upset, and for images. */
export interface Comfort {
  readonly coverUpsetting: boolean;
  readonly greyUpsetting: boolean;
  readonly coverImages: boolean;
  readonly blurImages: boolean;
  readonly greyImages: boolean;
}

export interface Cover {
  readonly path: string;
  readonly label: string;
  /** `unseen`: an image that can't be seen here, until the reviewer says that they decide without it. */
  readonly why: "long" | "covered" | "blurred" | "unseen";
}

export type Opened = ReadonlySet<string>;

/** The key under which uncovering is remembered: a covered text may be long as well. */
export function uncoveredKey(path: string): string {
  return `${path}#uncovered`;
}

/** The key under which it is remembered that an image was seen sharp. */
export function sharpKey(path: string): string {
  return `${path}#sharp`;
}

/** The key under which it is remembered that an image could not be loaded. */
export function brokenKey(path: string): string {
  return `${path}#broken`;
}

/** The key under which it is remembered that the reviewer decides without having seen an image. */
export function unseenKey(path: string): string {
  return `${path}#unseen`;
}

export function isLong(field: Field): boolean {
  if (field.whole) return false;
  if (field.format === FieldFormat.IMAGE && typeof field.value === "string") return false;
  if (typeof field.value === "string") return field.value.length > LONG_TEXT;
  return field.children.length > LONG_LIST;
}

/** Whether nothing of a field is there until it is uncovered: what may upset, and every image of another host. */
export function isCovered(field: Field, comfort: Comfort): boolean {
  if (field.value === undefined) return false;
  const isImage = field.format === FieldFormat.IMAGE && typeof field.value === "string";
  const mayUpset = comfort.coverUpsetting && field.upsetting && field.children.length === 0;
  return mayUpset || (isImage && comfort.coverImages) || imageHost(field) !== undefined;
}

/** Whether an image is blurred at first, also when it has just been uncovered. */
export function isBlurred(field: Field, comfort: Comfort): boolean {
  const mayUpset = comfort.coverUpsetting && field.upsetting;
  return isPicture(field) && (mayUpset || comfort.coverImages || comfort.blurImages);
}

/** Whether a field is without colour at first. */
export function isGrey(field: Field, comfort: Comfort): boolean {
  const mayUpset = comfort.greyUpsetting && field.upsetting;
  return mayUpset || (isPicture(field) && (comfort.coverImages || comfort.greyImages));
}

// No SVG: it can carry text and links of its own.
const DATA = /^data:image\/(png|jpeg|gif|webp|avif|bmp);base64,/i;

/** Whether a field's value is an image that this page shows. */
export function isPicture(field: Field): boolean {
  if (field.format !== FieldFormat.IMAGE || typeof field.value !== "string") return false;
  return imageHost(field) !== undefined || DATA.test(field.value);
}

/** Whether a field is an image that can't be seen here: of a kind this page does not show, or not to be loaded. */
export function isUnseeable(field: Field, opened: Opened): boolean {
  if (field.format !== FieldFormat.IMAGE || typeof field.value !== "string" || field.value === "") return false;
  return !isPicture(field) || opened.has(brokenKey(field.path));
}

/** Whether all there is of a field stands on the screen: uncovered and, if it is an image that can be seen, sharp. */
export function isSeen(field: Field, opened: Opened, comfort: Comfort): boolean {
  if (isCovered(field, comfort) && !opened.has(uncoveredKey(field.path))) return false;
  return isUnseeable(field, opened) || !isBlurred(field, comfort) || opened.has(sharpKey(field.path));
}

/** The host that a field's image would be loaded from; undefined for what is no image, or holds it itself. */
export function imageHost({ format, value }: Field): string | undefined {
  if (format !== FieldFormat.IMAGE || typeof value !== "string" || !/^https:\/\//i.test(value)) return undefined;
  return URL.canParse(value) ? new URL(value).host : undefined;
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

/** Everything that is, or was at first, cut short, covered or blurred, in the order of the screen, each key once. */
export function covers(fields: readonly Field[], opened: Opened, comfort: Comfort): Cover[] {
  const found = new Map<string, Cover>();
  const visit = (field: Field): void => {
    const { path, label } = field;
    if (field.above) return;
    const mayCover = isCovered(field, comfort);
    if (mayCover) found.set(uncoveredKey(path), { path, label, why: "covered" });
    // An image counts as opened, here and in the evidence, only once it is sharp; while it is covered, it is one thing to open.
    const isThere = !mayCover || opened.has(uncoveredKey(path));
    const isUnseen = isUnseeable(field, opened);
    if (isThere && isUnseen) found.set(unseenKey(path), { path, label, why: "unseen" });
    else if (isThere && isBlurred(field, comfort)) found.set(sharpKey(path), { path, label, why: "blurred" });
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
  if (cover.why === "long") return cover.path;
  if (cover.why === "unseen") return unseenKey(cover.path);
  return cover.why === "covered" ? uncoveredKey(cover.path) : sharpKey(cover.path);
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
export function reasoningField(reasoning: string, kept: readonly string[] = []): Field | undefined {
  if (reasoning === "") return undefined;
  if (isMasked("reasoning", reasoning, kept)) return maskedField("reasoning", "Reasoning");
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
