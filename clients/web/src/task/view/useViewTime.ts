import { useEffect, useState } from "react";
import { ViewTime } from "../model/viewTime";

const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "touchmove", "scroll"];

/** The stopwatch of one task: it runs while the page is visible and somebody is there. */
export function useViewTime(): ViewTime {
  const [time] = useState(() => new ViewTime(() => performance.now(), !document.hidden));
  useEffect(() => {
    const active = () => time.active();
    const visible = () => time.visible(!document.hidden);
    document.addEventListener("visibilitychange", visible);
    for (const sign of SIGNS) window.addEventListener(sign, active, { passive: true, capture: true });
    return () => {
      document.removeEventListener("visibilitychange", visible);
      for (const sign of SIGNS) window.removeEventListener(sign, active, { capture: true });
    };
  }, [time]);
  return time;
}
