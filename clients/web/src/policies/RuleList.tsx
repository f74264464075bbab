import { Route } from "../gen/andon/v1/decision_pb";
import type { Policy, PolicyRule } from "../gen/andon/v1/policy_service_pb";
import { RouteBadge } from "../ui";
import classes from "./policies.module.css";
import { ruleEffect, thresholdSentence } from "./ruleWords";

/** The threshold and the rules, in the file's order. */
export function RuleList({ policy }: { readonly policy: Policy }) {
  const threshold = thresholdSentence(policy);
  return (
    <>
      <ol className={classes.rules} aria-label={`Rules of ${policy.policy}`}>
        {threshold !== "" && (
          <li>
            <RouteBadge route={policy.thresholdRoute === Route.UNSPECIFIED ? Route.REVIEW : policy.thresholdRoute} />
            <div>
              <p className={classes.reason}>{threshold}</p>
              <p className={classes.sub}>
                <code>confidence</code>
              </p>
            </div>
          </li>
        )}
        {policy.rules.map((rule) => (
          <RuleItem key={rule.rule} rule={rule} />
        ))}
      </ol>
      <p className={classes.sub}>
        All that match count; the strictest route wins. What can’t be evaluated is held for review.
      </p>
    </>
  );
}

function RuleItem({ rule }: { readonly rule: PolicyRule }) {
  const isAlways = rule.when === "" || rule.when === "true";
  return (
    <li>
      <RouteBadge route={rule.route} />
      <div>
        <p className={classes.reason}>{rule.reason}</p>
        <p className={classes.sub}>
          {isAlways ? "Always: " : "When "}
          {!isAlways && (
            <>
              <code className={classes.when}>{rule.when}</code>,{" "}
            </>
          )}
          {ruleEffect(rule)}. <code className={classes.id}>{rule.rule}</code>
        </p>
      </div>
    </li>
  );
}
