import { useApi } from "../../api";
import { Moment, Waiting } from "../../ui";
import { distinct, momentOf } from "../model/timeline";
import { Revealed } from "./Revealed";
import classes from "./Task.module.css";
import { Unread } from "./Unread";
import { useRead } from "./useRead";

interface Props {
  readonly decision: string;
  /** Changes when something has happened to the task, so that it is read anew. */
  readonly version: string;
}

/** What has happened to this decision, in words, oldest first. */
export function Timeline({ decision, version }: Props) {
  const { decisions } = useApi();
  const read = (signal: AbortSignal) =>
    decisions.listDecisionEvents({ name: decision, pageSize: 200 }, { signal }).then(({ events }) => events);
  const { value: events, error, again } = useRead(decision, version, read);
  if (error !== undefined) return <Unread title="The timeline can't be shown" error={error} onAgain={again} />;
  if (!events) return <Waiting />;
  return (
    <ol className={classes.timeline}>
      {distinct(events).map((event) => {
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
