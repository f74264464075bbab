import { useMemo } from "react";
import type { Task } from "../../gen/andon/v1/task_pb";
import { type Comfort, type Cover, covers, type Opened, reasoningField, screenOrder, unopened } from "../model/cover";
import { type DecisionFields, decisionFields, type Field } from "../model/fields";
import { useComfort } from "./useComfort";

export interface ShownFields {
  readonly fields: DecisionFields;
  readonly reasoning: Field | undefined;
  /** All of them, in the order of the screen. */
  readonly order: readonly Field[];
  readonly covers: readonly Cover[];
  readonly unopened: readonly Cover[];
  readonly comfort: Comfort;
}

/** The fields of a task's decision, and what of them is still cut short, covered or blurred. */
export function useFields({ decision, presentation }: Task, opened: Opened): ShownFields {
  const comfort = useComfort();
  const base = useMemo(() => {
    if (!decision) throw new Error("a task without its decision");
    const fields = decisionFields(decision, presentation);
    const reasoning = reasoningField(decision.reasoning, decision.maskedFields);
    return { fields, reasoning, order: screenOrder(fields, reasoning) };
  }, [decision, presentation]);
  return useMemo(() => {
    const all = covers(base.order, opened, comfort);
    return { ...base, covers: all, unopened: unopened(all, opened), comfort };
  }, [base, opened, comfort]);
}
