import type { CSSProperties } from "react";
import { FieldFormat } from "../../gen/andon/v1/task_pb";
import type { Field } from "../model/fields";
import { type Reader, write } from "../model/format";
import classes from "./Decisive.module.css";
import { FieldBody } from "./FieldList";
import { Revealed } from "./Revealed";
import { useScreen } from "./screen";

/** What the verdict hangs on: large, whole, first. */
export function Decisive({ fields }: { readonly fields: readonly Field[] }) {
  if (fields.length === 0) return null;
  return (
    <dl className={classes.grid} aria-label="Decisive fields">
      {fields.map((field) => (
        <DecisiveField key={field.path} field={field} />
      ))}
    </dl>
  );
}

/** One of them, in the largest size in which its longest word, or its figures with their unit, fit on one line. */
function DecisiveField({ field }: { readonly field: Field }) {
  const { reader } = useScreen();
  const text = textOf(field, reader);
  const isFigure = field.kind === "number" && text.length <= ONE_LINE;
  const longest = isFigure ? text.length : longestWord(text);
  return (
    <div
      className={classes.field}
      data-size={sizeOf(field, text)}
      data-figure={isFigure}
      data-path={field.path}
      style={{ "--longest": longest } as CSSProperties}
    >
      <dt>
        <Revealed text={field.label} />
      </dt>
      <dd>
        <FieldBody field={field} />
      </dd>
    </div>
  );
}

const BRIEF = 14;
const SENTENCE = 80;
/** So many characters fit on a line of the smallest screen, in the smallest size. */
const ONE_LINE = 34;

/** The value as it stands on the screen; empty where it is no single line of text. */
function textOf({ value, children, format, unit }: Field, reader: Reader): string {
  const isText = value !== undefined && children.length === 0 && format !== FieldFormat.IMAGE;
  return isText ? write(value, format, unit, reader).text : "";
}

/** How long the longest part is that no line is broken in, unless it must: figures are grouped by spaces that hold. */
function longestWord(text: string): number {
  return Math.max(1, ...text.split(/[ \t\r\n]+/).map((word) => word.length));
}

/** Short values are largest; what is long or nested takes a row of its own in a size that can be read. */
function sizeOf(field: Field, text: string): "large" | "medium" | "wide" {
  if (field.children.length > 0) return "wide";
  if (text.length <= BRIEF) return "large";
  return text.length <= SENTENCE ? "medium" : "wide";
}
