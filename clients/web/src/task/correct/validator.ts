// @rjsf's validator on an eval-free JSON Schema library.
import { ErrorSchemaBuilder, type RJSFSchema, type RJSFValidationError, type ValidatorType } from "@rjsf/utils";
import type { JsonObject } from "../model/json";
import { check, fits, type SchemaFault } from "./check";

/** A form's data. It is JSON: it came from a Struct and goes back into one. */
export type Data = Record<string, unknown>;

export const validator: ValidatorType<Data, RJSFSchema> = {
  validateFormData: (data, schema) => {
    const found = check(schema as JsonObject, toJson(data));
    return { errors: found.map(toError), errorSchema: toErrors(found) };
  },
  isValid: (schema, data, root) => fits(schema as JsonObject, toJson(data), root as JsonObject),
  rawValidation: <Result>(schema: RJSFSchema, data?: Data) => ({
    errors: check(schema as JsonObject, toJson(data)) as Result[],
  }),
};

/** Faults as the form shows them: each at its field. */
export function toErrors(found: readonly SchemaFault[]) {
  const builder = new ErrorSchemaBuilder<Data>();
  for (const { path, text } of found) builder.addErrors(text, [...path]);
  return builder.ErrorSchema;
}

function toError({ path, text }: SchemaFault): RJSFValidationError {
  const property = path.map((part) => `.${part}`).join("");
  return { property, message: text, stack: `${property} ${text}`.trim() };
}

/** The data as JSON, without the members that the form has left undefined. */
export function toJson(data: Data | undefined): JsonObject | undefined {
  return data === undefined ? undefined : (JSON.parse(JSON.stringify(data)) as JsonObject);
}
