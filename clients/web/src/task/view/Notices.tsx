import { Button } from "@mantine/core";
import { outlivesPage } from "../../app/storage";
import type { Task } from "../../gen/andon/v1/task_pb";
import { useLiveTask } from "../../live";
import { useSession } from "../../session";
import { endedWords, type Fate } from "../desk/fates";
import type { Refused } from "../desk/refusals";
import { doneWords } from "../desk/Slip";
import { useDesk, useElsewhere, useIsDoubled, useLease } from "../desk/useDesk";
import type { Deed } from "../desk/verdict";
import { isShare } from "../model/quorum";
import classes from "./Task.module.css";
import { isOpen } from "./useTask";

interface Props {
  readonly task: Task;
  readonly isMine: boolean;
  /** Whether it was leased to me since this view was opened. */
  readonly wasMine: boolean;
  readonly refusal: Refused | undefined;
  /** What was decided here and is on its way. */
  readonly given: Deed | undefined;
  /** Whether the caller has changed it since it was read. */
  readonly isChanged: boolean;
  readonly onRead: () => void;
  readonly onLeave: () => void;
}

/** What a reviewer must know before anything else: lost, ended, only looked at, refused. */
export function Notices({ task, isMine, wasMine, refusal, given, isChanged, onRead, onLeave }: Props) {
  const lease = useLease(task.name);
  const { principal } = useSession();
  const live = useLiveTask(task.name);
  const { fates } = useDesk();
  const elsewhere = useElsewhere(task.name);
  const isDoubled = useIsDoubled(task.name);
  const isLost = !given && !elsewhere && wasMine && (!isMine || lease?.state === "lost");
  return (
    <div className={classes.notices}>
      {isChanged && isOpen(task) && (
        <Notice
          tone={isMine ? "bad" : "info"}
          text={isMine ? `${CHANGED}; read it again. Your comment is kept.` : `${CHANGED}.`}
          action={
            isMine && (
              <Button size="compact-sm" variant="default" onClick={onRead}>
                I have read it
              </Button>
            )
          }
        />
      )}
      {refusal && !(isChanged && refusal.reason === "PAYLOAD_CHANGED") && (
        <Notice
          tone="bad"
          text={refusal.text}
          faults={refusal.faults.map(({ path, text }) => `${path} ${text}`.trim())}
        />
      )}
      {given && (
        <Notice
          tone="info"
          text={`${doneWords(given, isShare(task))}. It is on its way; until it is sent you can undo it.`}
        />
      )}
      {elsewhere && <Notice tone="info" text={elsewhereWords(elsewhere.verdict)} />}
      {!isOpen(task) && <Notice tone="info" text={endedWords(task, principal)} />}
      {isOpen(task) && isLost && (
        <Notice
          tone="bad"
          text={`This task is not yours any more: ${lostWords(live, principal, fates.of(task.name))} ${keptWords()}`}
          action={
            <Button size="compact-sm" variant="default" onClick={onLeave}>
              Next task
            </Button>
          }
        />
      )}
      {isOpen(task) && !isMine && !wasMine && <Notice tone="info" text={lookingWords(task)} />}
      {isMine && isDoubled && !elsewhere && (
        <Notice tone="warn" text="You write about this task in another tab, too. What you write last is kept." />
      )}
      {isMine && isOpen(task) && !outlivesPage() && (
        <Notice
          tone="warn"
          text="This browser keeps nothing for the page: drafts are lost when it is closed or reloaded."
        />
      )}
      {isMine && lease?.state === "resting" && (
        <Notice tone="warn" text="Are you still there? The lease is left to lapse." />
      )}
      {isMine && lease?.state === "troubled" && (
        <Notice tone="warn" text="The server does not answer, so the lease could not be renewed yet. Trying again." />
      )}
    </div>
  );
}

const CHANGED = "The caller has changed this decision";

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

function keptWords(): string {
  return outlivesPage()
    ? "What you wrote is kept here for a week."
    : "What you wrote is kept until the page is closed.";
}

function lostWords(task: Task | undefined, me: string, fate: Fate | undefined): string {
  const holder = task?.lease?.holder;
  const words = holder && holder !== me ? `${holder} holds it.` : (fate?.words ?? unknownWords(task));
  return fate?.isEnd ? words : `${words} Nothing was decided.`;
}

function unknownWords(task: Task | undefined): string {
  return task ? "its lease has lapsed." : "it went to another queue, or has ended.";
}

function elsewhereWords(deed: Deed): string {
  if (deed === "release") return "You have skipped this in another tab; it is being sent.";
  if (deed === "escalate") return "You have escalated this in another tab; it is being sent.";
  return "You have judged this in another tab; it is being sent.";
}

function lookingWords(task: Task): string {
  const holder = task.lease?.holder;
  if (holder) return `${holder} holds this task. You are only looking at it.`;
  return "This task waits in its queue. You are only looking at it; tasks are handed out by urgency.";
}
