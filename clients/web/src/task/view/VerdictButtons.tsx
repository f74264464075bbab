import { Button } from "@mantine/core";
import { Kbd } from "../../ui";
import type { VerdictWord } from "../desk/verdict";
import classes from "./Task.module.css";

interface Props {
  readonly isOff: boolean;
  readonly unopened: number;
  readonly isIrreversible: boolean;
  readonly isCorrecting: boolean;
  readonly onVerdict: (verdict: VerdictWord) => void;
  readonly onEscalate: () => void;
  readonly onRelease: () => void;
}

/** The five things a reviewer can do, each with its key. */
export function VerdictButtons({
  isOff,
  unopened,
  isIrreversible,
  isCorrecting,
  onVerdict,
  onEscalate,
  onRelease,
}: Props) {
  const left = isIrreversible && unopened > 0 ? `${unopened} to open first` : "";
  return (
    <div className={classes.buttons}>
      <Button
        className={classes.approve ?? ""}
        disabled={isOff}
        onClick={() => onVerdict("approve")}
        rightSection={<Key name="a" />}
        aria-keyshortcuts="a"
      >
        <span>Approve </span>
        {left && <span className={classes.left}>({left})</span>}
      </Button>
      <Button
        className={classes.reject ?? ""}
        disabled={isOff}
        onClick={() => onVerdict("reject")}
        rightSection={<Key name="r" />}
        aria-keyshortcuts="r"
      >
        Reject
      </Button>
      <Button
        variant="default"
        disabled={isOff}
        onClick={() => onVerdict("correct")}
        rightSection={<Key name="c" />}
        aria-keyshortcuts="c"
        aria-expanded={isCorrecting}
      >
        Correct
      </Button>
      <span className={classes.gap} />
      <Button
        variant="subtle"
        disabled={isOff}
        onClick={onEscalate}
        rightSection={<Key name="e" />}
        aria-keyshortcuts="e"
      >
        Escalate
      </Button>
      <Button
        variant="subtle"
        disabled={isOff}
        onClick={onRelease}
        rightSection={<Key name="s" />}
        aria-keyshortcuts="s"
      >
        Release
      </Button>
    </div>
  );
}

/** The key on a button; a screen reader is told it apart from the name. */
function Key({ name }: { readonly name: string }) {
  return (
    <span aria-hidden>
      <Kbd keys={name} />
    </span>
  );
}
