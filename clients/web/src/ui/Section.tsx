import { type ReactNode, useId } from "react";
import classes from "./Section.module.css";

interface Props {
  readonly title: string;
  /** Beside the title, for example a count or a button. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** A part of a page, under its heading. */
export function Section({ title, aside, children }: Props) {
  const id = useId();
  return (
    <section className={classes.section} aria-labelledby={id}>
      <header className={classes.header}>
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
