// Whether the amount that the rules have judged is the amount that is proposed.
import { formatNumber } from "../../format";
import type { Attributes } from "../../gen/andon/v1/decision_pb";
import type { Field } from "./fields";

/**
 * A warning for each decisive number of the prediction that is in the currency of `attributes.amount`, or has no unit
 * and is called `amount`, and is another number. Rules read the attribute; what is carried out is the prediction.
 */
export function amountWarnings(attributes: Attributes | undefined, decisive: readonly Field[]): string[] {
  const judged = attributes?.amount;
  if (judged === undefined) return [];
  const currency = attributes?.currency ?? "";
  return decisive.flatMap(({ path, label, unit, value }) => {
    const isAmount = path.startsWith("prediction.") && (unit === "" ? path.endsWith(".amount") : unit === currency);
    if (!isAmount || typeof value !== "number" || value === judged) return [];
    const [looked, proposed] = [judged, value].map((amount) => formatNumber(amount, currency));
    return [`The rules looked at ${looked}; what is proposed is ${proposed} (${label}).`];
  });
}
