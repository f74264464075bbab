import type { Decision } from "../../gen/andon/v1/decision_pb";
import { heldBecause, sampledWords, thresholdWords } from "../model/reasons";
import classes from "./Task.module.css";

/** Why it was held: every matching rule in words. */
export function WhyHeld({ decision }: { readonly decision: Decision }) {
  const more = [thresholdWords(decision), sampledWords(decision.routing)].filter((words) => words !== undefined);
  return (
    <>
      <ul className={classes.reasons}>
        {heldBecause(decision).map((held) => (
          <li key={`${held.rule} ${held.text}`}>
            {held.text} {held.rule && <code className={classes.rule}>{held.rule}</code>}
          </li>
        ))}
      </ul>
      {more.map((words) => (
        <p key={words} className={classes.aside}>
          {words}
        </p>
      ))}
    </>
  );
}
