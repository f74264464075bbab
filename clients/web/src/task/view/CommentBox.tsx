import { type FocusEvent, type KeyboardEvent, type Ref, useId } from "react";
import { Kbd } from "../../ui";
import type { VerdictWord } from "../desk/verdict";
import classes from "./Task.module.css";

interface Props {
  readonly ref: Ref<HTMLTextAreaElement>;
  readonly value: string;
  /** The verdict that waits for a comment. */
  readonly wanted: VerdictWord | "escalate" | undefined;
  /** Why the comment is asked for, or empty. */
  readonly fault: string;
  readonly hint: string;
  readonly onChange: (comment: string) => void;
}

const MOST = 4096;

/** Why, in words. */
export function CommentBox({ ref, value, wanted, fault, hint, onChange }: Props) {
  const id = useId();
  return (
    <div className={classes.comment}>
      <label htmlFor={id}>
        Comment{" "}
        <span aria-hidden>
          <Kbd keys="m" />
        </span>
        {hint && <span className={classes.aside}> {hint}</span>}
      </label>
      <textarea
        ref={ref}
        id={id}
        value={value}
        rows={value.length > 90 || wanted ? 3 : 1}
        maxLength={MOST}
        aria-invalid={fault !== ""}
        aria-describedby={`${id}-fault`}
        onChange={(event) => onChange(event.currentTarget.value)}
        onKeyDown={leaveField}
        onBlur={showBeginning}
      />
      <p id={`${id}-fault`} className={classes.fault} aria-live="assertive">
        {fault}
        {wanted && (
          <>
            {" "}
            <Kbd keys="mod+Enter" /> to {wanted}
          </>
        )}
      </p>
    </div>
  );
}

/** Escape goes back to the keys of the task; what was typed stays. */
function leaveField(event: KeyboardEvent<HTMLTextAreaElement>): void {
  if (event.key !== "Escape") return;
  event.preventDefault();
  event.currentTarget.blur();
}

/** On a small screen one line is left of it then: the first. */
function showBeginning(event: FocusEvent<HTMLTextAreaElement>): void {
  event.currentTarget.scrollTop = 0;
}
