import { DecisionCard } from "./DecisionCard";
import type { DecisionListProps } from "./DecisionTable";
import classes from "./decisions.module.css";

/** Decisions as cards, for narrow screens. */
export function DecisionCards({ decisions, selected, onSelect }: DecisionListProps) {
  return (
    <ul className={classes.cards} aria-label="Decisions found">
      {decisions.map((decision, index) => (
        <li key={decision.name}>
          <DecisionCard decision={decision} selected={index === selected} onSelect={() => onSelect(index)} />
        </li>
      ))}
    </ul>
  );
}
