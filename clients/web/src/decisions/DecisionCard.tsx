import { hrefOfName } from "../app/route";
import type { Decision } from "../gen/andon/v1/decision_pb";
import classes from "./decisions.module.css";
import { modelName, submittedAt } from "./names";
import { ReasonWords } from "./ReasonWords";
import { amountWords, confidenceWords, reasonsOf, resolverOf, ruleLines } from "./reasonsOf";
import { StatusBadge } from "./StatusBadge";
import { Time } from "./Time";
import { useFocusIf } from "./useFocusIf";

interface DecisionCardProps {
  readonly decision: Decision;
  readonly selected: boolean;
  readonly onSelect: () => void;
}

/** One decision on a narrow screen; the whole card is the link. */
export function DecisionCard({ decision, selected, onSelect }: DecisionCardProps) {
  const link = useFocusIf<HTMLAnchorElement>(selected);
  const facts = [
    amountWords(decision),
    decision.attributes?.subject,
    confidenceWords(decision),
    modelName(decision.model),
    decision.submitter,
  ];
  const resolver = resolverOf(decision);
  return (
    <a
      ref={link}
      className={classes.card}
      title={ruleLines(decision)}
      data-selected={selected || undefined}
      href={hrefOfName(decision.name)}
      onFocus={onSelect}
    >
      <span className={classes.cardHead}>
        <strong className={classes.cardAction}>{decision.action}</strong>
        <StatusBadge decision={decision} />
      </span>
      <span className={classes.cardFacts}>{facts.filter(Boolean).join(" · ")}</span>
      {reasonsOf(decision).length > 0 && (
        <span className={classes.cardFacts}>
          <ReasonWords decision={decision} />
        </span>
      )}
      <span className={classes.cardFacts}>
        <Time time={submittedAt(decision)} />
        {resolver !== "" && ` · resolved by ${resolver}`}
      </span>
    </a>
  );
}
