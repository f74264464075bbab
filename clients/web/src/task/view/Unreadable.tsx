import { Button } from "@mantine/core";
import { refusalOf } from "../../api";
import { hrefOf } from "../../app/route";
import { Copy, Empty } from "../../ui";
import { failureWords } from "../desk/refusals";
import { useDesk, usePending } from "../desk/useDesk";
import { Revealed } from "./Revealed";
import classes from "./Task.module.css";

interface Props {
  readonly name: string;
  readonly error: unknown;
  readonly onAgain: () => void;
}

const NONE =
  "It does not exist, or it is not yours to see: reviewers and leads see those of their queues, auditors see all.";

/** A task that can't be read (any more). What the reviewer had written for it is still here, to be taken along. */
export function Unreadable({ name, error, onAgain }: Props) {
  const { outbox } = useDesk();
  const isNone = ["TASK_NOT_FOUND", "FIELD_INVALID"].includes(refusalOf(error).reason);
  const refused = usePending().find((one) => one.task === name && one.state === "refused");
  return (
    <Empty title={isNone ? "No such task" : "This task can't be shown"}>
      <p role="alert">{isNone ? NONE : failureWords(error)}</p>
      {refused && (
        <div className={classes.kept}>
          <p>
            Your verdict on it was refused. {refused.refusal?.text} It was to {refused.verdict}:{" "}
            <Revealed text={refused.title} />
          </p>
          <Written title="Your comment" text={refused.comment} />
          <Written
            title="Your correction"
            text={refused.correction ? JSON.stringify(refused.correction, null, 2) : ""}
          />
          <Button size="compact-sm" variant="default" onClick={() => outbox.dismiss(refused.id)}>
            Dismiss
          </Button>
        </div>
      )}
      {!isNone && (
        <Button size="compact-sm" variant="default" onClick={onAgain}>
          Try again
        </Button>
      )}
      <p>
        <a href={hrefOf("inbox")}>To the inbox</a>
      </p>
    </Empty>
  );
}

function Written({ title, text }: { readonly title: string; readonly text: string }) {
  if (text === "") return null;
  return (
    <>
      <p>
        {title} <Copy text={text} />
      </p>
      <p className={classes.said}>
        <Revealed text={text} />
      </p>
    </>
  );
}
