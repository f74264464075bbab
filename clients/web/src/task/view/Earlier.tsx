import { useState } from "react";
import { useApi } from "../../api";
import { hrefOfName } from "../../app/route";
import { formatMoney } from "../../format";
import { type Decision, DecisionState } from "../../gen/andon/v1/decision_pb";
import { Age, Badge, OutcomeBadge, Waiting } from "../../ui";
import classes from "./Task.module.css";
import { Unread } from "./Unread";
import { useRead } from "./useRead";

interface Props {
  readonly task: string;
  readonly subject: string;
}

const FIRST = 8;

/** Earlier decisions about the same subject, newest first, with how they ended. */
export function Earlier({ task, subject }: Props) {
  if (subject === "") return <p className={classes.aside}>The decision names no subject.</p>;
  return <EarlierOf task={task} />;
}

function EarlierOf({ task }: { readonly task: string }) {
  const { reviews } = useApi();
  const read = (signal: AbortSignal) => reviews.listEarlierDecisions({ name: task, pageSize: 50 }, { signal });
  const { value: found, error, again } = useRead(task, "", read);
  const [all, setAll] = useState(false);
  if (error !== undefined) return <Unread title="Earlier decisions can't be shown" error={error} onAgain={again} />;
  if (!found) return <Waiting />;
  if (found.decisions.length === 0) return <p className={classes.aside}>None before this one.</p>;
  const shown = all ? found.decisions : found.decisions.slice(0, FIRST);
  return (
    <>
      <ul className={classes.earlier}>
        {shown.map((decision) => (
          <li key={decision.name}>
            <EarlierRow decision={decision} />
          </li>
        ))}
      </ul>
      {shown.length < found.decisions.length && (
        <button type="button" className={classes.more} onClick={() => setAll(true)}>
          Show {found.decisions.length - shown.length} more
        </button>
      )}
      {found.nextPageToken !== "" && all && (
        <p className={classes.aside}>There are more; look for the subject among the decisions.</p>
      )}
    </>
  );
}

function EarlierRow({ decision }: { readonly decision: Decision }) {
  const { attributes, resolution, state } = decision;
  const amount = attributes?.amount;
  const isOpen = state !== DecisionState.RESOLVED;
  return (
    <>
      <a href={hrefOfName(decision.name)} className={classes.earlierAction}>
        {decision.action}
      </a>{" "}
      {amount !== undefined && <span>{formatMoney(amount, attributes?.currency ?? "")}</span>}{" "}
      {isOpen || !resolution ? <Badge>open</Badge> : <OutcomeBadge outcome={resolution.outcome} />}{" "}
      <Age since={decision.createTime} className={classes.aside ?? ""} />
      {resolution?.comment && <p className={classes.said}>{resolution.comment}</p>}
    </>
  );
}
