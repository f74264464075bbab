import { Button } from "@mantine/core";
import classes from "./Correction.module.css";

interface Props {
  readonly onDiscard: () => void;
  readonly onKeep: () => void;
}

/** Asks before a correction that changes something is thrown away. What can be lost has not the focus. */
export function AskDiscard({ onDiscard, onKeep }: Props) {
  return (
    <div className={classes.actions} role="alert">
      <p className={classes.question}>Discard what you have changed?</p>
      <Button autoFocus onClick={onKeep}>
        Go on editing
      </Button>
      <Button variant="default" onClick={onDiscard}>
        Discard
      </Button>
    </div>
  );
}
