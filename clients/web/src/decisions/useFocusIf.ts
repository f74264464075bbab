import { type RefObject, useEffect, useRef } from "react";

/** Moves the focus to the element when `selected` comes true, and brings it into view. */
export function useFocusIf<T extends HTMLElement>(selected: boolean): RefObject<T | null> {
  const ref = useRef<T>(null);
  useEffect(() => {
    if (!selected || ref.current === null || ref.current === document.activeElement) return;
    ref.current.focus({ preventScroll: true });
    ref.current.scrollIntoView?.({ block: "nearest" });
  }, [selected]);
  return ref;
}
