import { type KeyboardEvent, type RefObject, useState } from "react";

export interface Escape {
  /** Whether it is asked if the correction is to be discarded. */
  readonly isAsking: boolean;
  readonly keep: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

/** Escape in a form: out of a field to the heading; from there it discards, and asks first where something is changed. */
export function useEscape(heading: RefObject<HTMLElement | null>, isChanged: boolean, discard: () => void): Escape {
  const [isAsking, setAsking] = useState(false);
  const keep = () => {
    setAsking(false);
    heading.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
    event.preventDefault();
    if (isAsking || isField(event.target)) keep();
    else if (isChanged) setAsking(true);
    else discard();
  };
  return { isAsking, keep, onKeyDown };
}

function isField(target: EventTarget): boolean {
  return target instanceof Element && target.matches("input, textarea, select");
}
