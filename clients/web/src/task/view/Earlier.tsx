import { useEffect, useState } from "react";
import { useApi } from "../../api";
import { hrefOfName } from "../../app/route";
import { formatMoney } from "../../format";
import { type Decision, DecisionState } from "../../gen/andon/v1/decision_pb";
import { Age, Badge, ErrorNotice, OutcomeBadge, Waiting } from "../../ui";
import classes from "./Task.module.css";

interface Props {
  readonly task: string;
  readonly subject: string;
}

const FIRST = 8;

/** Earlier decisions about the same subject, newest first, with how they ended. */
export function Earlier({ task, subject }: Props) {
  const found = useEarlier(task, subject !== "");
  const [all, setAll] = useState(false);
  if (subject === "") return <p className={classes.aside}>The decision names no subject.</p>;
  if (found.error !== undefined) return <ErrorNotice error={found.error} title="Earlier decisions can't be shown" />;
  if (!found.decisions) return <Waiting />;
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
      {found.hasMore && all && (
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

interface Found {
  readonly decisions?: readonly Decision[];
  readonly hasMore?: boolean;
  readonly error?: unknown;
}

function useEarlier(task: string, isAsked: boolean): Found {
  const { reviews } = useApi();
  const [found, setFound] = useState<Found & { readonly of?: string }>({});
  useEffect(() => {
    if (!isAsked) return;
    const stop = new AbortController();
    reviews.listEarlierDecisions({ name: task, pageSize: 50 }, { signal: stop.signal }).then(
      ({ decisions, nextPageToken }) => setFound({ of: task, decisions, hasMore: nextPageToken !== "" }),
      (error: unknown) => stop.signal.aborted || setFound({ of: task, error }),
    );
    return () => stop.abort();
  }, [reviews, task, isAsked]);
  return found.of === task ? found : {};
}
