import { type ReactNode, type Ref, useId } from "react";
import classes from "./Section.module.css";

interface Props {
  readonly title: string;
  /** Beside the title, for example a count or a button. */
  readonly aside?: ReactNode;
  /** The heading, where the focus may be sent to it. */
  readonly headingRef?: Ref<HTMLHeadingElement>;
  readonly children: ReactNode;
}

/** A part of a page, under its heading. */
export function Section({ title, aside, headingRef, children }: Props) {
  const id = useId();
  return (
    <section className={classes.section} aria-labelledby={id}>
      <header className={classes.header}>
        <h2 id={id} ref={headingRef} tabIndex={headingRef ? -1 : undefined}>
          {title}
        </h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
