import { durationMs } from "@bufbuild/protobuf/wkt";

import { hrefOfName } from "../app/route";
import type { Decision } from "../gen/andon/v1/decision_pb";
import { type Task, TaskState } from "../gen/andon/v1/task_pb";
import { useMay, useSession } from "../session";
import { neededWords } from "../task/model/quorum";
import { Countdown, Section } from "../ui";
import classes from "./decision.module.css";
import { spanWords } from "./words";

interface WaitsProps {
  readonly decision: Decision;
  /** Undefined where the caller may not see it. */
  readonly task: Task | undefined;
}

/** An open decision: for whom it waits, until when, how long that usually takes, and the way to the task. */
export function Waits({ decision, task }: WaitsProps) {
  const mayReview = useMay("ReviewService/Review");
  const { principal } = useSession();
  const isOwn = decision.submitter === principal;
  const asked = task?.quorum && neededWords(task.quorum.expression);
  return (
    <Section title="Still open">
      <p className={classes.lead}>
        {holderWords(task, principal)} <Countdown to={decision.expireTime} label="ends undecided" />
      </p>
      {asked && <p className={classes.sub}>{asked}</p>}
      <p className={classes.sub}>{estimateWords(decision)}</p>
      {task && mayReview && !isOwn && isOpen(task) && (
        <p>
          <a href={hrefOfName(task.name)}>Go to the task</a>
        </p>
      )}
      {isOwn && mayReview && <p className={classes.sub}>You submitted it, so somebody else must judge it.</p>}
    </Section>
  );
}

function isOpen({ state }: Task): boolean {
  return state === TaskState.WAITING || state === TaskState.LEASED;
}

function holderWords(task: Task | undefined, principal: string): string {
  if (task === undefined) return "It waits for a person to judge it.";
  if (task.lease === undefined) return `It waits in the queue ${task.queue}.`;
  const holder = task.lease.holder === principal ? "You have" : `${task.lease.holder} has`;
  return `${holder} it in hand (queue ${task.queue}).`;
}

function estimateWords({ estimatedWait }: Decision): string {
  if (estimatedWait?.p50 === undefined) return "Its queue has no history to estimate the wait from.";
  const half = `Half of this queue’s decisions lately took up to ${spanWords(durationMs(estimatedWait.p50))}`;
  return estimatedWait.p90 === undefined
    ? `${half}.`
    : `${half}, nine in ten up to ${spanWords(durationMs(estimatedWait.p90))}.`;
}
