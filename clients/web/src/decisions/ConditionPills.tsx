import type { Condition } from "./conditions";
import classes from "./decisions.module.css";
import type { Query } from "./query";

interface ConditionPillsProps {
  readonly conditions: readonly Condition[];
  readonly onChange: (change: Partial<Query>) => void;
  readonly onClear: () => void;
}

/** What the list is narrowed to, each to be taken away on its own. */
export function ConditionPills({ conditions, onChange, onClear }: ConditionPillsProps) {
  if (conditions.length === 0) return null;
  return (
    <ul className={classes.pills} aria-label="Active filters">
      {conditions.map(({ words, without }) => (
        <li key={words}>
          <button
            type="button"
            className={classes.pill}
            aria-label={`Remove filter: ${words}`}
            onClick={() => onChange(without)}
          >
            {words} <span aria-hidden="true">×</span>
          </button>
        </li>
      ))}
      <li>
        <button type="button" className={classes.clear} onClick={onClear}>
          Clear all
        </button>
      </li>
    </ul>
  );
}
