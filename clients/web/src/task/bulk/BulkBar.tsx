import { Button } from "@mantine/core";
import type { Task } from "../../gen/andon/v1/task_pb";
import { useKeys } from "../../keys";
import { Kbd } from "../../ui/Kbd";
import { askBulk, type BulkDeed, isBulkAsked } from "./asked";
import classes from "./BulkBar.module.css";

interface Props {
  /** The selected tasks; all of them mine. */
  readonly tasks: readonly Task[];
  /** The selection has served. */
  readonly onDone: () => void;
}

const DEEDS: readonly (readonly [key: string, deed: BulkDeed, words: string])[] = [
  ["a", "approve", "Approve"],
  ["r", "reject", "Reject"],
  ["e", "escalate", "Escalate"],
  ["s", "release", "Skip"],
];

/** One verdict for several tasks. While there is a selection, its keys are about that and not about the open task. */
export default function BulkBar({ tasks, onDone }: Props) {
  const ask = (verdict: BulkDeed) => isBulkAsked() || askBulk({ verdict, tasks, onDone });
  useKeys(
    "Selected tasks",
    DEEDS.map(([keys, deed, words]) => ({
      keys,
      label: `${words} the selected tasks`,
      run: (event) => event.repeat || ask(deed),
      first: true,
    })),
  );
  return (
    <section className={classes.bar} aria-label="Selected tasks">
      <div className={classes.head}>
        <span className={classes.count} role="status">
          {tasks.length} selected
        </span>
        <Button size="compact-sm" variant="subtle" onClick={onDone} rightSection={<Key name="Escape" />}>
          Select none
        </Button>
      </div>
      <div className={classes.head}>
        {DEEDS.map(([key, deed, words]) => (
          <Button
            key={deed}
            size="compact-xs"
            variant={deed === "approve" || deed === "reject" ? "default" : "subtle"}
            onClick={() => ask(deed)}
            rightSection={<Key name={key} />}
            aria-keyshortcuts={key}
          >
            {words}
          </Button>
        ))}
      </div>
    </section>
  );
}

/** The key on a button; a screen reader is told it apart from the name. */
function Key({ name }: { readonly name: string }) {
  return (
    <span aria-hidden>
      <Kbd keys={name} />
    </span>
  );
}
