import type { Decision } from "../../gen/andon/v1/decision_pb";
import { Section } from "../../ui";
import type { DecisionFields } from "../model/fields";
import { FieldList } from "./FieldList";
import classes from "./Task.module.css";

/** What is proposed besides the decisive fields, or that nothing is. */
export function Proposal({ decision, fields }: { readonly decision: Decision; readonly fields: DecisionFields }) {
  const isEmpty = Object.keys(decision.prediction ?? {}).length === 0;
  if (!isEmpty && fields.prediction.length === 0) return null;
  const isRest = fields.decisive.some((field) => field.path.startsWith("prediction."));
  return (
    <Section title={isRest && !isEmpty ? "The AI's proposal: the rest" : "The AI's proposal"}>
      {isEmpty ? (
        <p className={classes.aside}>The AI proposed nothing beyond the action.</p>
      ) : (
        <FieldList fields={fields.prediction} />
      )}
    </Section>
  );
}
