import { Button } from "@mantine/core";
import type { ReactNode } from "react";

import type { Loaded } from "../decisions/useLoaded";
import { formatTime } from "../format";
import { ErrorNotice, Section, Waiting } from "../ui";
import classes from "./insight.module.css";

interface PartProps<T> {
  readonly title: string;
  readonly loaded: Loaded<T>;
  readonly aside?: ReactNode;
  readonly children: (data: T) => ReactNode;
}

/** A part of the page with what it has loaded; a failed renewal leaves the last numbers standing and says so. */
export function Part<T>({ title, loaded, aside, children }: PartProps<T>) {
  const { data, refusal, at, reload } = loaded;
  return (
    <Section
      title={title}
      aside={
        <span className={classes.aside}>
          {aside}
          {at !== undefined && <span className={classes.sub}>as of {formatTime(at)}</span>}
        </span>
      }
    >
      {refusal && (
        <ErrorNotice
          refusal={refusal}
          title={data === undefined ? "This could not be read" : "This could not be renewed"}
        >
          <Button size="xs" variant="default" onClick={reload}>
            Try again
          </Button>
        </ErrorNotice>
      )}
      {data === undefined ? refusal === undefined && <Waiting /> : children(data)}
    </Section>
  );
}
