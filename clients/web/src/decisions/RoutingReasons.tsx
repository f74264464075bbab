import { hrefOf } from "../app/route";
import { type Decision, Route } from "../gen/andon/v1/decision_pb";
import { KeyValue, RouteBadge, Section } from "../ui";
import classes from "./decision.module.css";
import { confidenceInFull } from "./reasonsOf";
import { routeSentence } from "./story";
import { exactPercent } from "./words";

/** Why it was routed so: every matching rule in words, the threshold, and the odds of a person being asked. */
export function RoutingReasons({ decision }: { readonly decision: Decision }) {
  const { routing } = decision;
  if (routing === undefined) return null;
  return (
    <Section title="Why it was routed so">
      <p className={classes.lead}>{routeSentence(routing.route, routing.reasons.length, routing.sampled)}</p>
      {routing.reasons.length > 0 && (
        <ul className={classes.reasons} aria-label="Reasons">
          {routing.reasons.map(({ rule, text, route }) => (
            <li key={rule}>
              <RouteBadge route={route} />
              <span>{text}</span>
              <a href={hrefOf("decisions", "", new URLSearchParams({ rule }))} title={`Decisions held by ${rule}`}>
                <code>{rule}</code>
              </a>
            </li>
          ))}
        </ul>
      )}
      <KeyValue
        items={[
          ["Policy", routing.policy === "" ? "None governs this action, so a person decides" : routing.policy],
          ["Confidence", confidenceInFull(decision)],
          [
            "Chance of a person",
            `${exactPercent(routing.reviewPropensity)} ${propensityWords(routing.route, routing.reviewPropensity)}`,
          ],
          ["Random sample", routing.sampled ? "Drawn" : routing.coinSource === "" ? null : "Not drawn"],
          ["Coin", routing.coinSource === "" ? null : <code key="coin">{routing.coinSource}</code>],
          ["Policy revision", <code key="revision">{routing.policyRevision}</code>],
        ]}
      />
    </Section>
  );
}

function propensityWords(route: Route, propensity: number): string {
  if (route === Route.BLOCK) return "(blocked: nobody was asked)";
  return propensity === 1 ? "(a rule held it for certain)" : "(by random sample, before the coin was drawn)";
}
