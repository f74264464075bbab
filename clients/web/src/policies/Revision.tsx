import { hrefOf } from "../app/route";
import type { ListPoliciesResponse } from "../gen/andon/v1/policy_service_pb";
import { Copy, Moment } from "../ui";
import classes from "./policies.module.css";

/** Which revision is in force and since when; faults and warnings before all else. */
export function Revision({ answer }: { readonly answer: ListPoliciesResponse }) {
  const { revision, activateTime, faults, warnings, policies } = answer;
  return (
    <>
      {faults.length > 0 && (
        <Notes
          kind="faults"
          title="What is on disk could not be taken. An older revision is in force."
          texts={faults}
        />
      )}
      {warnings.length > 0 && <Notes kind="warnings" title="In force, but should be mended" texts={warnings} />}
      {policies.length === 0 && (
        <Notes
          kind="warnings"
          title="No policy is in force"
          texts={["Every decision is held until a person has judged it."]}
        />
      )}
      <p className={classes.revision}>
        <span>
          {faults.length > 0 ? "Older revision in force since " : "In force since "}
          <Moment at={activateTime} />
        </span>
        <span>
          Revision <code title={revision}>{revision.slice(0, 12)}</code> <Copy text={revision} label="Copy hash" />
        </span>
        <a href={hrefOf("decisions", "", new URLSearchParams({ since: "24h" }))}>Decisions of the last 24 hours</a>
      </p>
    </>
  );
}

interface NotesProps {
  readonly kind: "faults" | "warnings";
  readonly title: string;
  readonly texts: readonly string[];
}

function Notes({ kind, title, texts }: NotesProps) {
  return (
    <section
      className={classes.notes}
      data-kind={kind}
      role={kind === "faults" ? "alert" : undefined}
      aria-label={title}
    >
      <p>
        <strong>{title}</strong>
      </p>
      <ul>
        {texts.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </section>
  );
}
