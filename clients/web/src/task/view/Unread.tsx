import { Button } from "@mantine/core";
import { failureWords } from "../desk/refusals";
import classes from "./Task.module.css";

interface Props {
  /** What is missing, in a sentence. */
  readonly title: string;
  readonly error: unknown;
  readonly onAgain: () => void;
}

/** A part of a task that could not be read; the rest of it can be judged all the same. */
export function Unread({ title, error, onAgain }: Props) {
  return (
    <div className={classes.notice} data-tone="warn" role="status">
      <p>
        {title}. {failureWords(error)}
      </p>
      <Button size="compact-sm" variant="default" onClick={onAgain}>
        Try again
      </Button>
    </div>
  );
}
