import { type RefObject, useId } from "react";

import type { TextFault } from "./parseDecision";
import classes from "./policies.module.css";

interface JsonInputProps {
  readonly inputRef: RefObject<HTMLTextAreaElement | null>;
  readonly text: string;
  readonly describedBy: string;
  readonly faults: readonly TextFault[];
  /** The faults belong to an earlier text. */
  readonly isStale: boolean;
  readonly onChange: (text: string) => void;
}

/** A decision as JSON, with what is wrong marked in its line; each fault leads to its place. */
export function JsonInput({ inputRef, text, describedBy, faults, isStale, onChange }: JsonInputProps) {
  const id = useId();
  const shown = isStale ? [] : faults;
  const wrong = new Set(shown.map(({ place }) => place?.line));
  const lines = text.split("\n");
  const go = (offset: number) => {
    inputRef.current?.focus();
    inputRef.current?.setSelectionRange(offset, offset);
  };
  return (
    <>
      <div className={classes.editor}>
        <div className={classes.gutter} aria-hidden="true">
          {lines.map((_, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line's number is its name
            <span key={index} data-wrong={wrong.has(index + 1) || undefined}>
              {index + 1}
            </span>
          ))}
        </div>
        <textarea
          ref={inputRef}
          aria-label="Decision as JSON"
          aria-describedby={shown.length > 0 ? `${describedBy} ${id}` : describedBy}
          aria-invalid={shown.length > 0}
          value={text}
          rows={lines.length}
          wrap="off"
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      </div>
      {shown.length > 0 && (
        <ul id={id} className={classes.faults} role="alert">
          {shown.map(({ message, place }) => (
            <li key={message}>
              {place && (
                <button type="button" onClick={() => go(place.offset)}>
                  Line {place.line}
                </button>
              )}{" "}
              {message}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
