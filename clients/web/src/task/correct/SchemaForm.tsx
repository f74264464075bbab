// The form alone: the package as a whole brings a validator that needs `eval`.
import Form from "@rjsf/core/lib/components/Form.js";
import type { RJSFSchema } from "@rjsf/utils";
import { useMemo } from "react";
import type { Presentation } from "../../gen/andon/v1/task_pb";
import type { JsonObject } from "../model/json";
import type { SchemaFault } from "./check";
import { formParts } from "./formParts";
import { layoutOf } from "./layout";
import classes from "./SchemaForm.module.css";
import { type Data, toErrors, toJson, validator } from "./validator";

interface Props {
  readonly schema: JsonObject;
  readonly presentation: Presentation | undefined;
  readonly kept: readonly string[];
  readonly value: JsonObject;
  readonly faults: readonly SchemaFault[];
  readonly onChange: (value: JsonObject) => void;
}

// The form shows what is there and adds nothing by itself: every change is the reviewer's.
const AS_IT_IS = {
  emptyObjectFields: "skipDefaults",
  arrayMinItems: { populate: "never" },
  allOf: "skipDefaults",
  constAsDefaults: "never",
} as const;

/** A form made from a JSON Schema. A chunk of its own: most verdicts need none. */
export default function SchemaForm({ schema, presentation, kept, value, faults, onChange }: Props) {
  const errors = useMemo(() => toErrors(faults), [faults]);
  const layout = useMemo(() => layoutOf(schema, presentation, kept), [schema, presentation, kept]);
  return (
    <Form<Data, RJSFSchema>
      className={classes.form ?? ""}
      tagName="div"
      idPrefix="correction"
      schema={schema as RJSFSchema}
      uiSchema={layout}
      formData={value}
      validator={validator}
      templates={formParts}
      extraErrors={errors}
      showErrorList={false}
      noHtml5Validate
      noValidate
      experimental_defaultFormStateBehavior={AS_IT_IS}
      onChange={({ formData }) => formData && onChange(toJson(formData) ?? {})}
    />
  );
}
