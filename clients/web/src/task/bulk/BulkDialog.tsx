import { Button } from "@mantine/core";
import { useId, useMemo, useRef, useState } from "react";
import type { Task } from "../../gen/andon/v1/task_pb";
import { useKeys } from "../../keys";
import { Dialog, Kbd } from "../../ui";
import { VERDICTS } from "../desk/calls";
import { Countdown } from "../desk/Slip";
import { usePending } from "../desk/useDesk";
import { isVerdict } from "../desk/verdict";
import { saysSomething } from "../view/gate";
import { useViewTime } from "../view/useViewTime";
import type { BulkDeed } from "./asked";
import classes from "./BulkBar.module.css";
import { BulkRow } from "./BulkRow";
import { bulkNeedsComment, planBulk } from "./plan";
import { useBulk } from "./useBulk";

interface Props {
  readonly verdict: BulkDeed;
  readonly tasks: readonly Task[];
  readonly onClose: (isGiven: boolean) => void;
}

/** Shows what a bulk verdict is about, asks once, and tells the result of each. */
export default function BulkDialog({ verdict, tasks, onClose }: Props) {
  const pending = usePending();
  const busy = useRef(new Set(pending.map((one) => one.task)));
  const { judged, leftOut } = useMemo(() => planBulk(tasks, busy.current, verdict), [tasks, verdict]);
  const { results, give, undo, sendNow } = useBulk(judged);
  const time = useViewTime();
  const [comment, setComment] = useState("");
  const id = useId();
  const isGiven = results.size > 0;
  const asksComment = isVerdict(verdict) && bulkNeedsComment(judged, VERDICTS[verdict]);
  const mustSay = asksComment && !saysSomething(comment);
  const verb = VERBS[verdict];
  const all = [...results.values()];
  const open = all.filter((result) => result.kind === "sending").length;
  const held = all.find((result) => result.kind === "held");
  const undoing = { keys: ["u", "z"], label: "Undo", run: undo, inDialog: true, hidden: true, disabled: !held };
  const isReady = !isGiven && judged.length > 0 && !mustSay;
  const send = () => give(verdict, comment, time.total());
  const sending = { keys: "mod+Enter", label: verb, run: send, inDialog: true, whileTyping: true, disabled: !isReady };
  useKeys("Selected tasks", [undoing, sending]);

  return (
    <Dialog opened onClose={() => onClose(isGiven)} title={`${verb} ${countWords(judged.length)}`} size="lg">
      {verdict === "release" && <p>They are passed on, and do not come back to you.</p>}
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
        <p role="status">{held ? <Countdown until={held.until} /> : answerWords(open)}</p>
      ) : (
        judged.length > 0 && (
          <>
            <label htmlFor={id}>One comment for all{mustSay ? " (the policy asks for it)" : ""}</label>
            <textarea
              id={id}
              data-autofocus
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
        {held && (
          <Button variant="default" onClick={undo} rightSection={<Kbd keys="u" />}>
            Undo
          </Button>
        )}
        {held && (
          <Button variant="default" onClick={sendNow}>
            Send now
          </Button>
        )}
        <Button variant="default" onClick={() => onClose(isGiven)}>
          {isGiven ? "Close" : "Cancel"}
        </Button>
        {!isGiven && (
          <Button disabled={!isReady} onClick={send} rightSection={<Kbd keys="mod+Enter" />}>
            {verb} {countWords(judged.length)} now
          </Button>
        )}
      </div>
    </Dialog>
  );
}

const VERBS: Readonly<Record<BulkDeed, string>> = {
  approve: "Approve",
  reject: "Reject",
  escalate: "Escalate",
  release: "Skip",
};

function answerWords(open: number): string {
  return open > 0 ? `${open} on their way…` : "All have been answered.";
}

function countWords(count: number): string {
  return count === 1 ? "1 task" : `${count} tasks`;
}
