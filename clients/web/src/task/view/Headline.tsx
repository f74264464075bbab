import { type ReactNode, useEffect, useRef } from "react";
import type { Decision } from "../../gen/andon/v1/decision_pb";
import { Priority, type Task, TaskKind } from "../../gen/andon/v1/task_pb";
import { isFocusFree } from "../../keys";
import { Age, Badge, Countdown, PriorityBadge, TaskKindBadge } from "../../ui";
import { raisedFlags } from "../model/fields";
import { quorumWords } from "../model/quorum";
import { kindWords } from "../model/reasons";
import { Revealed } from "./Revealed";
import classes from "./Task.module.css";

interface Props {
  readonly task: Task;
  readonly decision: Decision;
  readonly effect: string;
  /** What can be done about the deadline. */
  readonly children?: ReactNode;
}

/** The headline's id. */
export const HEADLINE = "task-effect";

/** What happens if it is approved, in one sentence. A new task takes the focus here, unless somebody types elsewhere. */
export function Headline({ task, decision, effect, children }: Props) {
  const headline = useRef<HTMLHeadingElement>(null);
  // Where the whole page scrolls, a task that follows another begins at its own beginning.
  useEffect(() => {
    if (headline.current && isFocusFree()) headline.current.focus({ preventScroll: isInSight(headline.current) });
  }, []);
  const kind = task.level > 0 ? undefined : kindWords(task.kind);
  const asked = quorumWords(task);
  return (
    <header>
      <div className={classes.meta}>
        <code>{decision.action}</code>
        {task.kind !== TaskKind.GATE && task.kind !== TaskKind.GOLD && <TaskKindBadge kind={task.kind} />}
        {task.priority !== Priority.MEDIUM && <PriorityBadge priority={task.priority} />}
        {raisedFlags(decision.attributes).map((words) => (
          <Badge key={words} tone="warn">
            {words}
          </Badge>
        ))}
        {task.escalations > 0 && (
          <Badge tone="warn">escalated {task.escalations === 1 ? "once" : `${task.escalations} times`}</Badge>
        )}
        <span>
          waiting <Age since={task.createTime} />
        </span>
        <Countdown to={task.expireTime} />
        {children}
      </div>
      <h1 id={HEADLINE} ref={headline} tabIndex={-1} className={classes.headline}>
        <Revealed text={effect} />
      </h1>
      {asked && (
        <p className={classes.asked}>
          <Revealed text={asked} />
        </p>
      )}
      {kind && <p className={classes.aside}>{kind}</p>}
      {decision.attributes?.irreversible && (
        <p className={classes.irreversible}>
          <span aria-hidden>⚠</span> This can't be undone once it is approved.
        </p>
      )}
    </header>
  );
}

function isInSight(element: HTMLElement): boolean {
  const { top } = element.getBoundingClientRect();
  return top >= 0 && top < window.innerHeight;
}
