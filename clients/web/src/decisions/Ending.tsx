import { timestampMs } from "@bufbuild/protobuf/wkt";

import { formatDateTime } from "../format";
import { type Decision, Outcome } from "../gen/andon/v1/decision_pb";
import { difference } from "../task/model/diff";
import { Revealed } from "../task/view/Revealed";
import { Section } from "../ui";
import { Changes } from "./Changes";
import classes from "./decision.module.css";
import { spanWords } from "./words";

/** How it ended: by whom, when, after how long, with which words and changes. */
export function Ending({ decision }: { readonly decision: Decision }) {
  const { resolution, createTime, prediction } = decision;
  if (resolution === undefined) return null;
  const ended = resolution.resolveTime === undefined ? undefined : timestampMs(resolution.resolveTime);
  const took = ended === undefined || createTime === undefined ? undefined : ended - timestampMs(createTime);
  const changes =
    resolution.outcome === Outcome.CORRECTED ? difference(prediction, resolution.correctedPrediction) : [];
  return (
    <Section title="How it ended">
      <p className={classes.lead}>
        {endingWords(resolution.outcome, resolution.resolvedBy)}
        {took !== undefined && took >= 1 ? `, ${spanWords(took)} after it was submitted` : ""}.
      </p>
      {ended !== undefined && <p className={classes.sub}>{formatDateTime(ended)}</p>}
      {resolution.comment !== "" && (
        <blockquote className={classes.comment}>
          <Revealed text={resolution.comment} />
        </blockquote>
      )}
      <Changes changes={changes} />
    </Section>
  );
}

/** The end in words. A deadline is never told as a person's verdict. */
function endingWords(outcome: Outcome, by: string): string {
  const rule = /^rule:(.*)/.exec(by)?.[1];
  const who = rule ? `the rule ${rule}` : by.startsWith("policy:") ? `the policy ${by.slice(7)}` : by;
  if (outcome === Outcome.EXPIRED) return "Nobody judged it before its deadline, so it may not go ahead";
  if (outcome === Outcome.APPROVED) return `${who} approved it as the AI proposed`;
  if (outcome === Outcome.REJECTED) return `${who} rejected it`;
  if (outcome === Outcome.CORRECTED) return `${who} corrected it`;
  if (outcome === Outcome.CANCELLED) return `${who} withdrew it`;
  if (outcome === Outcome.AUTO_APPROVED) return `It passed without a person, by ${who || "the policies"}`;
  if (outcome === Outcome.BLOCKED) return `It was blocked without asking a person, by ${who || "the policies"}`;
  return `It ended in a way that this page does not know (${outcome}), by ${who}`;
}
