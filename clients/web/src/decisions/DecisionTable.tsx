import type { Decision } from "../gen/andon/v1/decision_pb";
import { DecisionRow } from "./DecisionRow";
import classes from "./decisions.module.css";

/** What both forms of the list take. */
export interface DecisionListProps {
  readonly decisions: readonly Decision[];
  /** -1 for none. */
  readonly selected: number;
  readonly onSelect: (index: number) => void;
}

const COLUMNS = [
  "Submitted",
  "Action",
  "Subject",
  "Amount",
  "Status",
  "Confidence",
  "Reasons",
  "Model",
  "Submitter",
  "Resolved by",
];

/** Decisions as rows. */
export function DecisionTable({ decisions, selected, onSelect }: DecisionListProps) {
  return (
    <table className={classes.table} aria-label="Decisions found">
      <thead>
        <tr>
          {COLUMNS.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {decisions.map((decision, index) => (
          <DecisionRow
            key={decision.name}
            decision={decision}
            selected={index === selected}
            onSelect={() => onSelect(index)}
          />
        ))}
      </tbody>
    </table>
  );
}
