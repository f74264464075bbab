// How a correction form is laid out: the policy's order, labels and units. A message keeps no order of its own.
import type { RJSFSchema, UiSchema } from "@rjsf/utils";
import { FieldFormat, type FieldPresentation, type Presentation } from "../../gen/andon/v1/task_pb";
import { isObject, type JsonObject, type JsonValue } from "../model/json";
import { isKeptMember } from "../model/masked";
import { orderOf } from "./order";
import type { Data } from "./validator";

const ROOT = "prediction.";

/**
 * Order, labels and units of a form's fields: first as the policy names them, then what is required, then by name. What
 * is kept from the reviewer can't be edited.
 */
export function layoutOf(
  schema: JsonObject,
  presentation: Presentation | undefined,
  kept: readonly string[] = [],
): UiSchema<Data, RJSFSchema> {
  const named = new Map(presentation?.fields.map((field) => [field.path, field]));
  const properties = isObject(schema.properties) ? schema.properties : {};
  const order = orderOf(schema, presentation);
  const words = (name: string) => {
    const title = titleOf(name, properties[name], named.get(ROOT + name));
    return { ...(title && { "ui:title": title }), ...(isKeptMember([name], kept) && { "ui:readonly": true }) };
  };
  return {
    "ui:submitButtonOptions": { norender: true },
    "ui:title": " ",
    "ui:order": [...order, "*"],
    ...Object.fromEntries(
      order.map((name) => [name, words(name)] as const).filter(([, found]) => Object.keys(found).length > 0),
    ),
  };
}

/** Label and unit, such as `Refund (EUR)`; undefined where the policy gives neither. */
function titleOf(name: string, schema: JsonValue | undefined, field: FieldPresentation | undefined) {
  const unit = field?.format === FieldFormat.PERCENT ? "1 is 100\u00a0%" : field?.unit;
  if (!unit) return field?.label || undefined;
  const own = isObject(schema) && typeof schema.title === "string" ? schema.title : name;
  return `${field?.label || own} (${unit})`;
}
