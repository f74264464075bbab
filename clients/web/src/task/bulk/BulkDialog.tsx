import { Button } from "@mantine/core";
import { useId, useMemo, useRef, useState } from "react";
import type { Task } from "../../gen/andon/v1/task_pb";
import { Dialog } from "../../ui";
import { VERDICTS } from "../desk/calls";
import { usePending } from "../desk/useDesk";
import { useViewTime } from "../view/useViewTime";
import classes from "./BulkBar.module.css";
import { BulkRow } from "./BulkRow";
import { bulkNeedsComment, planBulk } from "./plan";
import { useBulk } from "./useBulk";

interface Props {
  readonly verdict: "approve" | "reject";
  readonly tasks: readonly Task[];
  readonly onClose: (isGiven: boolean) => void;
}

/** Shows what a bulk verdict is about, asks once, and tells the result of each. */
export default function BulkDialog({ verdict, tasks, onClose }: Props) {
  const pending = usePending();
  const busy = useRef(new Set(pending.map((one) => one.task)));
  const { judged, leftOut } = useMemo(() => planBulk(tasks, busy.current), [tasks]);
  const { results, give } = useBulk(judged);
  const time = useViewTime();
  const [comment, setComment] = useState("");
  const id = useId();
  const isGiven = results.size > 0;
  const mustSay = bulkNeedsComment(judged, VERDICTS[verdict]) && comment.trim() === "";
  const verb = verdict === "approve" ? "Approve" : "Reject";
  const open = [...results.values()].filter((result) => result.kind === "sending").length;

  return (
    <Dialog opened onClose={() => onClose(isGiven)} title={`${verb} ${countWords(judged.length)}`} size="lg">
      <ul className={classes.list}>
        {judged.map((task) => (
          <BulkRow key={task.name} task={task} result={results.get(task.name)} />
        ))}
      </ul>
      {leftOut.length > 0 && (
        <>
          <p>Left out, to be judged one by one:</p>
          <ul className={classes.list}>
            {leftOut.map(({ task, why }) => (
              <BulkRow key={task.name} task={task} why={why} />
            ))}
          </ul>
        </>
      )}
      {isGiven ? (
        <p role="status">{open > 0 ? `${open} on their way…` : "All have been answered."}</p>
      ) : (
        judged.length > 0 && (
          <>
            <label htmlFor={id}>One comment for all{mustSay ? " (the policy asks for it)" : ""}</label>
            <textarea
              id={id}
              className={classes.comment}
              rows={2}
              maxLength={4096}
              value={comment}
              onChange={(event) => setComment(event.currentTarget.value)}
            />
          </>
        )
      )}
      <div className={classes.actions}>
        <Button variant="default" onClick={() => onClose(isGiven)}>
          {isGiven ? "Close" : "Cancel"}
        </Button>
        {!isGiven && (
          <Button disabled={judged.length === 0 || mustSay} onClick={() => give(verdict, comment, time.total())}>
            {verb} {countWords(judged.length)} now
          </Button>
        )}
      </div>
    </Dialog>
  );
}

function countWords(count: number): string {
  return count === 1 ? "1 task" : `${count} tasks`;
}
