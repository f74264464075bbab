import type { ReactNode } from "react";
import classes from "./Empty.module.css";

interface Props {
  readonly title: string;
  readonly children?: ReactNode;
}

/** What stands where there is nothing, and what to expect. */
export function Empty({ title, children }: Props) {
  return (
    <div className={classes.empty}>
      <p className={classes.title}>{title}</p>
      {children && <div className={classes.text}>{children}</div>}
    </div>
  );
}
