import { Button, type ButtonProps } from "@mantine/core";
import type { ComponentProps } from "react";
import { useSettings } from "../../app/settings";
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
      <Action keyName="a" className={classes.approve ?? ""} disabled={isOff} onClick={() => onVerdict("approve")}>
        <span>Approve </span>
        {left && <span className={classes.left}>({left})</span>}
      </Action>
      <Action keyName="r" className={classes.reject ?? ""} disabled={isOff} onClick={() => onVerdict("reject")}>
        Reject
      </Action>
      <Action
        keyName="c"
        variant="default"
        disabled={isOff}
        onClick={() => onVerdict("correct")}
        aria-expanded={isCorrecting}
      >
        Correct
      </Action>
      <span className={classes.gap} />
      <Action keyName="e" variant="subtle" disabled={isOff} onClick={onEscalate}>
        Escalate
      </Action>
      <Action keyName="s" variant="subtle" disabled={isOff} onClick={onRelease}>
        Skip
      </Action>
    </div>
  );
}

/** A button with its key on it; a screen reader is told the key apart from the name. */
function Action({ keyName, ...button }: ButtonProps & ComponentProps<"button"> & { readonly keyName: string }) {
  const { singleKeys } = useSettings();
  const key = (
    <span aria-hidden>
      <Kbd keys={keyName} />
    </span>
  );
  return <Button {...button} rightSection={key} aria-keyshortcuts={singleKeys ? keyName : undefined} />;
}
