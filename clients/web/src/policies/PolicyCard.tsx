import { Button } from "@mantine/core";

import { hrefOf } from "../app/route";
import type { Policy } from "../gen/andon/v1/policy_service_pb";
import { KeyValue, Section } from "../ui";
import classes from "./policies.module.css";
import { RuleList } from "./RuleList";
import { actionWords } from "./ruleWords";
import { Source } from "./Source";

interface PolicyCardProps {
  readonly policy: Policy;
  /** Undefined where the caller may not try decisions. */
  readonly onTry: (() => void) | undefined;
}

/** One policy: what it is for, its rules as sentences, and the file as it is written. */
export function PolicyCard({ policy, onTry }: PolicyCardProps) {
  const [action] = policy.actions;
  return (
    <div className={classes.card}>
      <Section
        title={policy.policy}
        aside={
          onTry && (
            <Button size="xs" variant="default" onClick={onTry} aria-label={`Try it: ${policy.policy}`}>
              Try it
            </Button>
          )
        }
      >
        {policy.description !== "" && <p className={classes.lead}>{policy.description}</p>}
        <KeyValue
          items={[
            ["Governs", actionWords(policy.actions)],
            ["Queue", policy.queue === "" ? null : policy.queue],
            ["Deadline", policy.deadline === "" ? null : policy.deadline],
          ]}
        />
        <RuleList policy={policy} />
        {action !== undefined && (
          <p className={classes.links}>
            <a href={hrefOf("decisions", "", new URLSearchParams(action === "*" ? {} : { action }))}>Its decisions</a>
          </p>
        )}
        <Source policy={policy} />
      </Section>
    </div>
  );
}
