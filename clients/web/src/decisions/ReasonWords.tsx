import type { Decision } from "../gen/andon/v1/decision_pb";
import { Revealed } from "../task/view/Revealed";
import classes from "./decisions.module.css";
import { reasonsOf } from "./reasonsOf";

/** Why a decision was routed as it was, as briefly as a list can say it. */
export function ReasonWords({ decision }: { readonly decision: Decision }) {
  const [first, ...more] = reasonsOf(decision);
  if (first === undefined) return "–";
  return (
    <>
      <Revealed text={first.text} />
      {more.length > 0 && <span className={classes.more}> +{more.length}</span>}
    </>
  );
}
