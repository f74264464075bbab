import type { ReactNode } from "react";
import classes from "./Badge.module.css";

export type Tone = "neutral" | "good" | "bad" | "warn" | "info";

/** A word or two that say how something stands. */
export function Badge({ tone = "neutral", children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return (
    <span className={classes.badge} data-tone={tone}>
      {children}
    </span>
  );
}
