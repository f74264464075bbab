import { useDebouncedValue } from "@mantine/hooks";
import { lazy, type Ref, Suspense } from "react";
import { hrefOf } from "../app/route";
import { Empty } from "../ui/Empty";
import { Waiting } from "../ui/Waiting";
import classes from "./TaskPane.module.css";

const TaskView = lazy(() => import("../task/TaskView"));
const SETTLE_MS = 80;

interface Props {
  readonly ref: Ref<HTMLElement>;
  readonly name: string | null;
  /** Whether the inbox is hidden behind it. */
  readonly back: boolean;
  readonly position: number;
  readonly of: number;
}

/** The open task. While somebody runs through the list, only where they stop is read from the server. */
export function TaskPane({ ref, name, back, position, of }: Props) {
  const [settled] = useDebouncedValue(name, SETTLE_MS, { leading: true });
  return (
    <section ref={ref} tabIndex={-1} className={classes.pane} aria-label="The open task">
      {back && (
        <nav className={classes.back} aria-label="Inbox">
          <a href={hrefOf("inbox")}>← Inbox</a>
          {position >= 0 && (
            <span>
              {position + 1} of {of.toLocaleString()}
            </span>
          )}
        </nav>
      )}
      {settled ? (
        <Suspense fallback={<Waiting />}>
          <TaskView key={settled} name={settled} />
        </Suspense>
      ) : (
        <Empty title="No task is open">
          Yours open by themselves as they come. What waits for others can be looked at: pick one on the left.
        </Empty>
      )}
    </section>
  );
}
