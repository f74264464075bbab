// A decision as a tree of fields, each with the policy's word on how it is shown.
import type { Attributes, Decision } from "../../gen/andon/v1/decision_pb";
import { FieldFormat, type FieldPresentation, type Presentation } from "../../gen/andon/v1/task_pb";
import { isObject, type JsonKind, type JsonObject, type JsonValue, kindOf } from "./json";
import { isMasked, MASK } from "./masked";
import { item, member, valueAt, withoutPositions } from "./paths";

export interface Field {
  readonly path: string;
  readonly label: string;
  /** Undefined where the policy names a field that the decision does not have. */
  readonly value: JsonValue | undefined;
  readonly kind: JsonKind | "missing";
  readonly format: FieldFormat;
  readonly unit: string;
  readonly upsetting: boolean;
  /** Decisive, or below a decisive field: never cut short. */
  readonly whole: boolean;
  /** The policies keep it from the caller: its value is not there. */
  readonly masked?: boolean;
  /** It stands among the decisive fields; further down only its name does. */
  readonly above?: boolean;
  readonly children: readonly Field[];
}

export interface DecisionFields {
  /** What the verdict hangs on, in the policy's order. */
  readonly decisive: readonly Field[];
  /** What is proposed besides. */
  readonly prediction: readonly Field[];
  readonly input: readonly Field[];
  /** Attributes beyond the raised flags: amount, subject, extra. */
  readonly attributes: readonly Field[];
}

type Named = Pick<FieldPresentation, "path" | "label" | "format" | "unit" | "decisive" | "upsetting">;
export type NamedField = Pick<Field, "label" | "format" | "unit">;
type Word = { own: Named | undefined; nearest: Named | undefined; place: number };
type Lookup = ((path: string) => Word) & { readonly kept: readonly string[] };

// Without a policy's word this many of the proposal's brief members are taken for decisive.
const MOST_DECISIVE = 6;
const BRIEF = 120;

/** The decision's fields. Without a policy's word the proposal's own brief members are the decisive ones. */
export function decisionFields(decision: Decision, presentation: Presentation | undefined): DecisionFields {
  const named: readonly Named[] = presentation?.fields ?? [];
  const look = lookup(named, decision.maskedFields);
  const root = rootOf(decision);
  const decisive = named.filter((field) => field.decisive).map((field) => at(root, field.path, look, decision));
  const members = membersOf("prediction", root.prediction, look);
  const first = decisive.length > 0 ? decisive : members.filter(isBrief).slice(0, MOST_DECISIVE);
  const told = first.map((field) => field.path);
  return {
    decisive: first,
    prediction: referring(members, told).filter((field) => !field.above),
    input: referring(membersOf("input", root.input, look), told),
    attributes: referring(attributeFields(root.attributes, look, decision), told),
  };
}

/** The fields, where what is told above is only referred to. */
function referring(fields: readonly Field[], told: readonly string[]): Field[] {
  return fields.map((field) => {
    if (told.some((path) => isWithin(field.path, path))) return { ...field, above: true, children: [] };
    const holds = told.some((path) => isWithin(path, field.path));
    return holds ? { ...field, children: referring(field.children, told) } : field;
  });
}

/** Whether a path is another one or below it. */
function isWithin(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}.`) || path.startsWith(`${other}[`);
}

/** What the policy says of the field at a path: its label, or the path's last name, its format and its unit. */
export function namedAt(path: string, presentation: Presentation | undefined): NamedField {
  const { own, nearest } = lookup(presentation?.fields ?? [], [])(path);
  const label = own?.label || path.slice(path.indexOf(".") + 1);
  return { label, format: nearest?.format ?? FieldFormat.UNSPECIFIED, unit: nearest?.unit ?? "" };
}

function isBrief(field: Field): boolean {
  return field.children.length === 0 && !(typeof field.value === "string" && field.value.length > BRIEF);
}

/** What paths start from: `input`, `prediction`, `attributes`, and the rest that a policy may name. */
function rootOf(decision: Decision): JsonObject & { attributes: JsonObject } {
  return {
    ...(decision.input === undefined ? {} : { input: decision.input }),
    ...(decision.prediction === undefined ? {} : { prediction: decision.prediction }),
    attributes: attributesJson(decision.attributes),
    action: decision.action,
    reasoning: decision.reasoning,
    ...(decision.confidence === undefined ? {} : { confidence: decision.confidence }),
  };
}

/** The flags that are raised, in words. `irreversible` is not among them: it is told apart. */
export function raisedFlags(attributes: Attributes | undefined): string[] {
  const flags: [boolean | undefined, string][] = [
    [attributes?.anomalous, "Unlike what the model was trained on"],
    [attributes?.regulated, "A regulation asks for a person"],
    [attributes?.highValue, "High value"],
  ];
  return flags.filter(([raised]) => raised).map(([, words]) => words);
}

function attributesJson(attributes: Attributes | undefined): JsonObject {
  if (!attributes) return {};
  return {
    ...(attributes.amount === undefined ? {} : { amount: attributes.amount }),
    ...(attributes.currency === "" ? {} : { currency: attributes.currency }),
    irreversible: attributes.irreversible,
    anomalous: attributes.anomalous,
    regulated: attributes.regulated,
    high_value: attributes.highValue,
    ...(attributes.subject === "" ? {} : { subject: attributes.subject }),
    ...(attributes.extra === undefined ? {} : { extra: attributes.extra }),
  };
}

function attributeFields(attributes: JsonObject, look: Lookup, decision: Decision): Field[] {
  const fields = ["amount", "subject"]
    .filter((name) => attributes[name] !== undefined)
    .map((name) => at({ attributes }, `attributes.${name}`, look, decision));
  return [...fields, ...membersOf("attributes.extra", attributes.extra, look)];
}

function at(root: JsonObject, path: string, look: Lookup, decision: Decision): Field {
  const value = valueAt(root, path);
  const around = look.kept.find((one) => withoutPositions(path).startsWith(`${one}.`));
  if (around !== undefined && isMasked(around, valueAt(root, around), look.kept)) {
    return maskedField(path, look(path).own?.label || lastName(path), look(path).nearest?.decisive);
  }
  const field = fieldOf(path, lastName(path), value, look);
  const isAmount = path === "attributes.amount" && field.unit === "";
  return isAmount ? { ...field, unit: decision.attributes?.currency ?? "" } : field;
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

function membersOf(path: string, value: JsonValue | undefined, look: Lookup): Field[] {
  if (!isObject(value)) return [];
  const fields = Object.entries(value).map(([name, inner]) => fieldOf(member(path, name), name, inner, look));
  return fields.sort((one, other) => look(one.path).place - look(other.path).place || byKindAndName(one, other));
}

/** A message does not keep the order of members, so what the policy does not order is: brief ones first, then by name. */
function byKindAndName(one: Field, other: Field): number {
  const nested = Number(one.children.length > 0) - Number(other.children.length > 0);
  return nested || (one.path < other.path ? -1 : 1);
}

function fieldOf(path: string, name: string, value: JsonValue | undefined, look: Lookup): Field {
  const { own, nearest } = look(path);
  const whole = nearest?.decisive ?? false;
  if (isMasked(path, value, look.kept)) return maskedField(path, own?.label || name, whole);
  return {
    path,
    label: own?.label || name,
    value,
    kind: value === undefined ? "missing" : kindOf(value),
    format: nearest?.format ?? FieldFormat.UNSPECIFIED,
    unit: nearest?.unit ?? "",
    upsetting: nearest?.upsetting ?? false,
    whole,
    children: childrenOf(path, value, look),
  };
}

/** A field whose value is kept from the caller: nothing of it can be opened, uncovered or loaded. */
export function maskedField(path: string, label: string, whole = false): Field {
  const plain = { kind: "text", format: FieldFormat.UNSPECIFIED, unit: "", upsetting: false } as const;
  return { path, label, value: MASK, ...plain, whole, masked: true, children: [] };
}

function childrenOf(path: string, value: JsonValue | undefined, look: Lookup): Field[] {
  if (!Array.isArray(value)) return membersOf(path, value, look);
  return value.map((inner, index) => fieldOf(item(path, index), String(index + 1), inner, look));
}

/** The policy's word on a path: its own, that of the nearest named field above it, and its place in the policy's order. */
function lookup(named: readonly Named[], kept: readonly string[]): Lookup {
  const exact = new Map(named.map((field) => [field.path, field]));
  const loose = new Map(named.map((field) => [withoutPositions(field.path), field]));
  const find = (path: string) =>
    exact.get(path) ?? (path.endsWith("]") ? undefined : loose.get(withoutPositions(path)));
  const look = (path: string): Word => {
    const own = find(path);
    return { own, nearest: own ?? nearestAbove(path, find), place: own ? named.indexOf(own) : named.length };
  };
  return Object.assign(look, { kept });
}

function nearestAbove(path: string, find: (path: string) => Named | undefined): Named | undefined {
  for (let at = path.length - 1; at > 0; at--) {
    if (path[at] !== "." && path[at] !== "[") continue;
    const found = find(path.slice(0, at));
    if (found) return found;
  }
  return undefined;
}
