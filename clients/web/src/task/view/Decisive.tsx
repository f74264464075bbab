import type { Field } from "../model/fields";
import classes from "./Decisive.module.css";
import { FieldBody } from "./FieldList";
import { Revealed } from "./Revealed";

/** What the verdict hangs on: large, whole, first. */
export function Decisive({ fields }: { readonly fields: readonly Field[] }) {
  if (fields.length === 0) return null;
  return (
    <dl className={classes.grid} aria-label="Decisive fields">
      {fields.map((field) => (
        <div key={field.path} className={classes.field} data-size={sizeOf(field)} data-path={field.path}>
          <dt>
            <Revealed text={field.label} />
          </dt>
          <dd>
            <FieldBody field={field} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

const BRIEF = 14;
const SENTENCE = 80;

/** Short values are largest; what is long or nested takes a row of its own in a size that can be read. */
function sizeOf(field: Field): "large" | "medium" | "wide" {
  if (field.children.length > 0) return "wide";
  const length = typeof field.value === "string" ? field.value.length : 0;
  if (length <= BRIEF) return "large";
  return length <= SENTENCE ? "medium" : "wide";
}
