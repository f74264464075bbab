import { type RefObject, useEffect, useRef } from "react";
import { isFocusFree } from "../keys";

/**
 * Moves the focus to an element when the place changes, as a browser would on a new page; not on the first one, and
 * never out of a field that somebody types in.
 */
export function useFocusOnChange(element: RefObject<HTMLElement | null>, place: string): void {
  const last = useRef(place);
  useEffect(() => {
    if (last.current === place) return;
    last.current = place;
    if (isFocusFree()) element.current?.focus({ preventScroll: true });
    element.current?.scrollTo({ top: 0 });
  }, [element, place]);
}
