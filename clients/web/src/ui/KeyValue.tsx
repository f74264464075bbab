import type { ReactNode } from "react";
import classes from "./KeyValue.module.css";

interface Props {
  /** Name and value, in order; a value of null is left out. */
  readonly items: readonly (readonly [string, ReactNode])[];
}

/** Names and their values, in two columns; below each other where it is narrow. */
export function KeyValue({ items }: Props) {
  return (
    <dl className={classes.list}>
      {items
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value]) => (
          <div className={classes.row} key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
