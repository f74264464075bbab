// How a correction form is laid out: the policy's order and labels. A message keeps no order of its own.
import type { RJSFSchema, UiSchema } from "@rjsf/utils";
import type { Presentation } from "../../gen/andon/v1/task_pb";
import { isObject, type JsonObject } from "../model/json";
import type { Data } from "./validator";

const ROOT = "prediction.";

/** Order and labels of a form's fields: first as the policy names them, then what is required, then by name. */
export function layoutOf(schema: JsonObject, presentation: Presentation | undefined): UiSchema<Data, RJSFSchema> {
  const named = new Map(presentation?.fields.map((field, place) => [field.path, { place, label: field.label }]));
  const properties = isObject(schema.properties) ? Object.keys(schema.properties) : [];
  const required = Array.isArray(schema.required) ? schema.required : [];
  const place = (name: string) => named.get(ROOT + name)?.place ?? (required.includes(name) ? 1000 : 2000);
  const order = properties.sort((one, other) => place(one) - place(other) || (one < other ? -1 : 1));
  const labels = order.map((name) => [name, named.get(ROOT + name)?.label] as const).filter(([, label]) => label);
  return {
    "ui:submitButtonOptions": { norender: true },
    "ui:title": " ",
    "ui:order": [...order, "*"],
    ...Object.fromEntries(labels.map(([name, label]) => [name, { "ui:title": label }])),
  };
}
