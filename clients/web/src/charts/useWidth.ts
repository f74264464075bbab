import { type RefObject, useEffect, useRef, useState } from "react";

const FIRST_GUESS = 480;

/** The width of an element in pixels, as it changes. */
export function useWidth<T extends Element>(): [RefObject<T | null>, number] {
  const ref = useRef<T>(null);
  const [width, setWidth] = useState(FIRST_GUESS);
  useEffect(() => {
    if (ref.current === null || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(([entry]) =>
      setWidth(Math.max(120, Math.floor(entry?.contentRect.width ?? 0))),
    );
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}
