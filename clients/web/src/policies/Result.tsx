import { exactPercent } from "../decisions/words";
import { Route } from "../gen/andon/v1/decision_pb";
import type { RuleResult, SubmitResponse } from "../gen/andon/v1/decision_service_pb";
import { Badge, RouteBadge } from "../ui";
import classes from "./policies.module.css";

interface ResultProps {
  readonly answer: SubmitResponse;
  /** The text or the rules in force have changed since. */
  readonly isStale: boolean;
}

const VERDICTS: Readonly<Partial<Record<Route, string>>> = {
  [Route.AUTO_APPROVE]: "It would pass without a person.",
  [Route.REVIEW]: "It would be held until a person has judged it.",
  [Route.BLOCK]: "It would be blocked, and nobody asked.",
};

/** Where it would go and why, rule by rule, and the nearest change that would lead elsewhere. */
export function Result({ answer: { decision, explanation }, isStale }: ResultProps) {
  const routing = decision?.routing;
  const route = routing?.route ?? Route.UNSPECIFIED;
  const own = routing?.reasons.filter(({ rule }) => rule.startsWith("andon.")) ?? [];
  return (
    <section className={classes.result} aria-label="Result" data-stale={isStale || undefined}>
      <div role="status">
        <p className={classes.verdict}>
          <RouteBadge route={route} /> {VERDICTS[route] ?? "It would go a way that this page does not know."}
        </p>
        {isStale && <p className={classes.sub}>The decision or the rules have changed since; try it again.</p>}
        {routing && (
          <p className={classes.sub}>
            {routing.policy === "" ? "No policy governs this action." : `Policy ${routing.policy}.`}
            {routing.threshold === undefined ? "" : ` Confidence threshold ${exactPercent(routing.threshold)}.`}
            {route === Route.AUTO_APPROVE && routing.reviewPropensity > 0
              ? ` A random sample of ${exactPercent(routing.reviewPropensity)} would still be held.`
              : ""}
          </p>
        )}
        {explanation?.nearestChange && (
          <p className={classes.nearest}>
            <strong>What would change it:</strong> {explanation.nearestChange}
          </p>
        )}
      </div>
      {own.map(({ rule, text }) => (
        <p key={rule} className={classes.sub}>
          {text} <code>{rule}</code>
        </p>
      ))}
      {explanation && explanation.rules.length > 0 && (
        <ol className={classes.results} aria-label="Rules">
          {explanation.rules.map((rule) => (
            <RuleOutcome key={rule.rule} rule={rule} />
          ))}
        </ol>
      )}
    </section>
  );
}

function RuleOutcome({ rule: { rule, matched, route, text, error, sampleRate } }: { readonly rule: RuleResult }) {
  const state = error !== "" ? "error" : matched || sampleRate > 0 ? "matched" : "not";
  return (
    <li data-state={state}>
      {state === "error" && <Badge tone="bad">error</Badge>}
      {state === "matched" && (
        <Badge tone="warn">{sampleRate > 0 ? `${exactPercent(sampleRate)} sampled` : "matched"}</Badge>
      )}
      {state === "not" && <Badge>not matched</Badge>}
      <div>
        <p className={classes.reason}>{text}</p>
        <p className={classes.sub}>
          <code>{rule}</code> asks for <RouteBadge route={route} />
        </p>
        {error !== "" && <p className={classes.error}>Could not be evaluated, so it asks for review: {error}</p>}
      </div>
    </li>
  );
}
