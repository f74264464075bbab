import { timestampMs } from "@bufbuild/protobuf/wkt";

import { formatDateTime } from "../format";
import { type Decision, Outcome, type Redemption } from "../gen/andon/v1/decision_pb";
import { difference } from "../task/model/diff";
import { endingWords } from "../task/model/endings";
import { Revealed } from "../task/view/Revealed";
import { Section } from "../ui";
import { Changes } from "./Changes";
import classes from "./decision.module.css";
import { spanWords } from "./words";

/** How it ended: by whom, when, after how long, with which words and changes. */
export function Ending({ decision }: { readonly decision: Decision }) {
  const { resolution, createTime, prediction, redemption } = decision;
  if (resolution === undefined) return null;
  const ended = resolution.resolveTime === undefined ? undefined : timestampMs(resolution.resolveTime);
  const took = ended === undefined || createTime === undefined ? undefined : ended - timestampMs(createTime);
  const changes =
    resolution.outcome === Outcome.CORRECTED ? difference(prediction, resolution.correctedPrediction) : [];
  return (
    <Section title="How it ended">
      <p className={classes.lead}>
        {endingWords(resolution)}
        {took !== undefined && took >= 1 ? `, ${spanWords(took)} after it was submitted` : ""}.
      </p>
      {ended !== undefined && <p className={classes.sub}>{formatDateTime(ended)}</p>}
      {redemption && <p className={classes.sub}>{redemptionWords(redemption)}</p>}
      {resolution.comment !== "" && (
        <blockquote className={classes.comment}>
          <Revealed text={resolution.comment} />
        </blockquote>
      )}
      <Changes changes={changes} />
    </Section>
  );
}

/** It holds once, and that once is over. */
function redemptionWords({ redeemer, createTime }: Redemption): string {
  const when = createTime === undefined ? "" : `, ${formatDateTime(timestampMs(createTime))}`;
  return `Redeemed by ${redeemer}${when}: it can’t be acted on again.`;
}
