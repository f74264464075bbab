import { hrefOfName } from "../app/route";
import type { Decision } from "../gen/andon/v1/decision_pb";
import { Revealed } from "../task/view/Revealed";
import classes from "./decisions.module.css";
import { modelName, submittedAt } from "./names";
import { ReasonWords } from "./ReasonWords";
import { amountWords, confidenceWords, resolverOf, ruleLines } from "./reasonsOf";
import { StatusBadge } from "./StatusBadge";
import { Time } from "./Time";
import { useFocusIf } from "./useFocusIf";

interface DecisionRowProps {
  readonly decision: Decision;
  readonly selected: boolean;
  readonly onSelect: () => void;
}

/** One decision in the table. Its action is the link, which covers the row. */
export function DecisionRow({ decision, selected, onSelect }: DecisionRowProps) {
  const link = useFocusIf<HTMLAnchorElement>(selected);
  return (
    <tr data-selected={selected || undefined}>
      <td className={classes.when}>
        <Time time={submittedAt(decision)} />
      </td>
      <td>
        <a
          ref={link}
          className={classes.rowLink}
          title={ruleLines(decision)}
          href={hrefOfName(decision.name)}
          onFocus={onSelect}
        >
          {decision.action}
        </a>
      </td>
      <td className={classes.clip}>
        <Revealed text={decision.attributes?.subject ?? ""} />
      </td>
      <td className={classes.figures}>{amountWords(decision)}</td>
      <td>
        <StatusBadge decision={decision} />
      </td>
      <td className={classes.figures}>{confidenceWords(decision)}</td>
      <td className={classes.reasons}>
        <ReasonWords decision={decision} />
      </td>
      <td className={classes.clip}>{modelName(decision.model)}</td>
      <td className={classes.clip}>{decision.submitter}</td>
      <td className={classes.clip}>{resolverOf(decision)}</td>
    </tr>
  );
}
