import { useId, useState } from "react";
import { canonical, isObject, type JsonObject, type JsonValue } from "../model/json";
import classes from "./Correction.module.css";

interface Props {
  readonly value: JsonObject;
  /** The object as typed, or undefined while it is none. */
  readonly onChange: (value: JsonObject | undefined) => void;
}

/** A correction as JSON text: the last resort, and for who prefers it. */
export function JsonText({ value, onChange }: Props) {
  const id = useId();
  const [text, setText] = useState(() => JSON.stringify(JSON.parse(canonical(value)), null, 2));
  const [fault, setFault] = useState("");

  const change = (next: string) => {
    setText(next);
    const parsed = parse(next);
    setFault(parsed.fault);
    onChange(parsed.value);
  };
  return (
    <>
      <label htmlFor={id}>The corrected prediction as JSON</label>
      <textarea
        id={id}
        className={classes.text}
        value={text}
        rows={Math.min(24, Math.max(6, text.split("\n").length))}
        spellCheck={false}
        aria-invalid={fault !== ""}
        aria-describedby={`${id}-fault`}
        onChange={(event) => change(event.currentTarget.value)}
      />
      <p id={`${id}-fault`} className={classes.faults} aria-live="polite">
        {fault}
      </p>
    </>
  );
}

function parse(text: string): { value: JsonObject | undefined; fault: string } {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isObject(value) ? { value, fault: "" } : { value: undefined, fault: "It must be an object: { … }" };
  } catch (error) {
    return { value: undefined, fault: error instanceof Error ? error.message : "This is not JSON" };
  }
}
