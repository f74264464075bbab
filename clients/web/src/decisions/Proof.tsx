import type { Decision } from "../gen/andon/v1/decision_pb";
import type { DecisionEvent } from "../gen/andon/v1/decision_service_pb";
import { Copy, KeyValue, Section } from "../ui";
import classes from "./decision.module.css";

interface ProofProps {
  readonly decision: Decision;
  readonly events: readonly DecisionEvent[];
}

/** Names and hashes by which the decision is found again and proved. */
export function Proof({ decision, events }: ProofProps) {
  const entries = events.map(({ sequence }) => sequence).filter((sequence) => sequence > 0n);
  return (
    <Section title="Names and hashes">
      <KeyValue
        items={[
          ["Name", <Code key="name" text={decision.name} />],
          ["Task", decision.task === "" ? null : <Code key="task" text={decision.task} />],
          ["Sequence", `${decision.sequence} in the order of all decisions`],
          ["Payload hash (SHA-256)", <Code key="hash" text={decision.payloadHash} />],
          ["Ledger entries", entries.length === 0 ? null : entries.join(", ")],
        ]}
      />
    </Section>
  );
}

function Code({ text }: { readonly text: string }) {
  return (
    <span className={classes.code}>
      <code>{text}</code> <Copy text={text} />
    </span>
  );
}
