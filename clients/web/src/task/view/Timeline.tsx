import { useEffect, useState } from "react";
import { useApi } from "../../api";
import type { DecisionEvent } from "../../gen/andon/v1/decision_service_pb";
import { ErrorNotice, Moment, Waiting } from "../../ui";
import { momentOf } from "../model/timeline";
import { Revealed } from "./Revealed";
import classes from "./Task.module.css";

interface Props {
  readonly decision: string;
  /** Changes when something has happened to the task, so that it is read anew. */
  readonly version: string;
}

/** What has happened to this decision, in words, oldest first. */
export function Timeline({ decision, version }: Props) {
  const { events, error } = useEvents(decision, version);
  if (error !== undefined) return <ErrorNotice error={error} title="The timeline can't be shown" />;
  if (!events) return <Waiting />;
  return (
    <ol className={classes.timeline}>
      {events.map((event) => {
        const moment = momentOf(event);
        return (
          <li key={`${event.sequence} ${event.type}`}>
            <Revealed text={moment.text} />
            <span className={classes.when}>
              <Moment at={event.createTime} />
            </span>
            {moment.comment && (
              <p className={classes.said}>
                <Revealed text={moment.comment} />
              </p>
            )}
          </li>
        );
      })}
    </ol>
  );
}

interface Found {
  readonly events?: readonly DecisionEvent[];
  readonly error?: unknown;
}

function useEvents(decision: string, version: string): Found {
  const { decisions } = useApi();
  const [found, setFound] = useState<Found & { readonly of?: string }>({});
  // biome-ignore lint/correctness/useExhaustiveDependencies: another version is read anew
  useEffect(() => {
    const stop = new AbortController();
    decisions.listDecisionEvents({ name: decision, pageSize: 200 }, { signal: stop.signal }).then(
      ({ events }) => setFound({ of: decision, events }),
      (error: unknown) => stop.signal.aborted || setFound({ of: decision, error }),
    );
    return () => stop.abort();
  }, [decisions, decision, version]);
  return found.of === decision ? found : {};
}
