import { type Ref, useEffect, useRef } from "react";
import type { Task } from "../../gen/andon/v1/task_pb";
import { VERDICTS } from "../desk/calls";
import { CommentBox } from "./CommentBox";
import { needsComment } from "./gate";
import classes from "./Task.module.css";
import type { Judging } from "./useJudging";
import type { MoreTime } from "./useMoreTime";
import { VerdictButtons } from "./VerdictButtons";

interface Props {
  readonly task: Task;
  readonly judging: Judging;
  readonly comment: string;
  readonly commentRef: Ref<HTMLTextAreaElement>;
  readonly unopened: number;
  readonly isCorrecting: boolean;
  readonly moreTime: MoreTime;
  readonly onComment: (comment: string) => void;
}

/** The verdict, at the bottom of every task. */
export function VerdictBar({ task, judging, comment, commentRef, unopened, isCorrecting, moreTime, onComment }: Props) {
  const { wanted, problem, refusal } = judging;
  const refused = refusal?.place === "comment" ? refusal.text : "";
  const isAboutComment = wanted !== undefined || refused !== "";
  const bar = useRef<HTMLElement>(null);
  useEffect(() => tellHeight(bar.current), []);
  return (
    <section ref={bar} className={classes.bar} aria-label="Your verdict">
      <CommentBox
        ref={commentRef}
        value={comment}
        wanted={wanted}
        fault={isAboutComment ? problem || refused : ""}
        hint={wanted === "escalate" ? "What should the next reviewer know? It may stay empty." : requiredWords(task)}
        onChange={onComment}
      />
      {!isAboutComment && (
        <p className={classes.fault} role="status">
          {problem}
        </p>
      )}
      <p className={moreTime.hasFailed ? classes.fault : classes.told} role="status">
        {moreTime.said}
      </p>
      <VerdictButtons
        isOff={judging.isOff}
        unopened={unopened}
        isIrreversible={task.decision?.attributes?.irreversible ?? false}
        isCorrecting={isCorrecting}
        onVerdict={judging.give}
        onEscalate={judging.escalate}
        onRelease={judging.release}
      />
    </section>
  );
}

function requiredWords(task: Task): string {
  const words = (["approve", "reject", "correct"] as const).filter((word) => needsComment(task, VERDICTS[word]));
  return words.length > 0 ? `required to ${words.join(" or ")}` : "";
}

/** Tells the page how high the bar is that stays in place, so that what floats above it hides nothing of it. */
function tellHeight(bar: HTMLElement | null): (() => void) | undefined {
  if (!bar || typeof ResizeObserver === "undefined") return undefined;
  const { style } = document.documentElement;
  const tell = () => {
    const stays = getComputedStyle(bar).position === "sticky";
    style.setProperty("--verdict-bar", `${stays ? bar.offsetHeight : 0}px`);
  };
  const observer = new ResizeObserver(tell);
  observer.observe(bar);
  window.addEventListener("resize", tell);
  return () => {
    observer.disconnect();
    window.removeEventListener("resize", tell);
    style.removeProperty("--verdict-bar");
  };
}
