import { timestampMs } from "@bufbuild/protobuf/wkt";
import { hrefOfName } from "../app/route";
import { formatDateTime } from "../format";
import { type Appeal, type Decision, Outcome } from "../gen/andon/v1/decision_pb";
import { useMay, useSession } from "../session";
import { difference } from "../task/model/diff";
import { endingWords } from "../task/model/endings";
import { Revealed } from "../task/view/Revealed";
import { Section } from "../ui";
import { Changes } from "./Changes";
import classes from "./decision.module.css";
import { ReceiptButton } from "./ReceiptButton";

/** Who contested its end, why, and what came of it, level by level. */
export function Appeals({ decision }: { readonly decision: Decision }) {
  if (decision.appeals.length === 0) return null;
  return (
    <Section title={decision.appeals.length === 1 ? "Appeal" : "Appeals"}>
      {decision.appeals.map((appeal) => (
        <AppealOf key={appeal.level} appeal={appeal} decision={decision} />
      ))}
    </Section>
  );
}

function AppealOf({ appeal, decision }: { readonly appeal: Appeal; readonly decision: Decision }) {
  const { level, appellant, comment, createTime, task, resolution } = appeal;
  const mayReview = useMay("ReviewService/Review");
  const { principal } = useSession();
  const corrected = resolution?.outcome === Outcome.CORRECTED ? resolution.correctedPrediction : undefined;
  return (
    <article aria-label={`Appeal, level ${level}`}>
      <p className={classes.lead}>
        Level {level}: {appellant} contested it
        {createTime && <span className={classes.sub}>, {formatDateTime(timestampMs(createTime))}</span>}
      </p>
      <Said text={comment} />
      {resolution ? (
        <p className={classes.lead}>
          {endingWords(resolution)}
          {resolution.resolveTime && (
            <span className={classes.sub}>, {formatDateTime(timestampMs(resolution.resolveTime))}</span>
          )}
        </p>
      ) : (
        <p className={classes.lead}>
          It waits for somebody else to judge it.{" "}
          {mayReview && task !== "" && ![decision.submitter, appellant].includes(principal) && (
            <a href={hrefOfName(task)}>Go to the task</a>
          )}
        </p>
      )}
      <Said text={resolution?.comment ?? ""} />
      {corrected && <Changes changes={difference(decision.prediction, corrected)} />}
      {resolution && <ReceiptButton decision={decision} level={level} />}
    </article>
  );
}

function Said({ text }: { readonly text: string }) {
  if (text === "") return null;
  return (
    <blockquote className={classes.comment}>
      <Revealed text={text} />
    </blockquote>
  );
}
