import { Button } from "@mantine/core";
import type { Task } from "../../gen/andon/v1/task_pb";
import { useKeys } from "../../keys";
import { askBulk } from "./asked";
import classes from "./BulkBar.module.css";

interface Props {
  /** The selected tasks; all of them mine. */
  readonly tasks: readonly Task[];
  /** The selection has served. */
  readonly onDone: () => void;
}

/** One verdict for several tasks. */
export default function BulkBar({ tasks, onDone }: Props) {
  const ask = (verdict: "approve" | "reject") => askBulk({ verdict, tasks, onDone });
  useKeys("Selected tasks", [
    { keys: "A", label: "Approve the selected tasks", run: () => ask("approve") },
    { keys: "R", label: "Reject the selected tasks", run: () => ask("reject") },
  ]);
  return (
    <section className={classes.bar} aria-label="Selected tasks">
      <div className={classes.head}>
        <span className={classes.count} role="status">
          {tasks.length} selected
        </span>
        <Button size="compact-sm" variant="default" onClick={() => ask("approve")}>
          Approve…
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => ask("reject")}>
          Reject…
        </Button>
        <Button size="compact-sm" variant="subtle" onClick={onDone}>
          Select none
        </Button>
      </div>
    </section>
  );
}
