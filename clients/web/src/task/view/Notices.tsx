import { Button } from "@mantine/core";
import { type Task, TaskState } from "../../gen/andon/v1/task_pb";
import { useLiveTask } from "../../live";
import { useSession } from "../../session";
import type { Refused } from "../desk/refusals";
import { DONE } from "../desk/Slip";
import { useLease } from "../desk/useDesk";
import type { VerdictWord } from "../desk/verdict";
import classes from "./Task.module.css";
import { isOpen } from "./useTask";

interface Props {
  readonly task: Task;
  readonly isMine: boolean;
  /** Whether it was leased to me since this view was opened. */
  readonly wasMine: boolean;
  readonly refusal: Refused | undefined;
  /** The verdict that is on its way. */
  readonly given: VerdictWord | undefined;
  readonly onLeave: () => void;
}

/** What a reviewer must know before anything else: lost, ended, only looked at, refused. */
export function Notices({ task, isMine, wasMine, refusal, given, onLeave }: Props) {
  const lease = useLease(task.name);
  const { principal } = useSession();
  const live = useLiveTask(task.name);
  const isLost = !given && wasMine && (!isMine || lease?.state === "lost");
  return (
    <div className={classes.notices}>
      {refusal && (
        <Notice
          tone="bad"
          text={refusal.text}
          faults={refusal.faults.map(({ path, text }) => `${path} ${text}`.trim())}
        />
      )}
      {given && (
        <Notice tone="info" text={`${DONE[given]}. Your verdict is on its way; until it is sent you can undo it.`} />
      )}
      {!isOpen(task) && <Notice tone="info" text={endedWords(task)} />}
      {isOpen(task) && isLost && (
        <Notice
          tone="bad"
          text={`This task is not yours any more: ${lostWords(live, principal)} Nothing was decided. What you wrote is kept here for a week.`}
          action={
            <Button size="compact-sm" variant="default" onClick={onLeave}>
              Next task
            </Button>
          }
        />
      )}
      {isOpen(task) && !isMine && !wasMine && <Notice tone="info" text={lookingWords(task)} />}
      {isMine && lease?.state === "resting" && (
        <Notice tone="warn" text="Are you still there? The lease is left to lapse." />
      )}
      {isMine && lease?.state === "troubled" && (
        <Notice tone="warn" text="The server does not answer, so the lease could not be renewed yet. Trying again." />
      )}
    </div>
  );
}

interface NoticeProps {
  readonly tone: "bad" | "warn" | "info";
  readonly text: string;
  readonly faults?: readonly string[];
  readonly action?: React.ReactNode;
}

function Notice({ tone, text, faults = [], action }: NoticeProps) {
  return (
    <div className={classes.notice} data-tone={tone} role={tone === "bad" ? "alert" : "status"}>
      <p>{text}</p>
      {faults.length > 0 && (
        <ul>
          {faults.map((fault) => (
            <li key={fault}>{fault}</li>
          ))}
        </ul>
      )}
      {action}
    </div>
  );
}

function lostWords(task: Task | undefined, me: string): string {
  if (!task) return "it went to another queue, or has ended.";
  const holder = task.lease?.holder;
  return holder && holder !== me ? `${holder} holds it.` : "its lease has lapsed.";
}

function lookingWords(task: Task): string {
  const holder = task.lease?.holder;
  if (holder) return `${holder} holds this task. You are only looking at it.`;
  return "This task waits in its queue. You are only looking at it; tasks are handed out by urgency.";
}

function endedWords(task: Task): string {
  if (task.state === TaskState.REVIEWED) return "This task has been judged.";
  if (task.state === TaskState.EXPIRED) return "The deadline has passed. Nobody judged this task in time.";
  return "The submitter has withdrawn this decision.";
}
