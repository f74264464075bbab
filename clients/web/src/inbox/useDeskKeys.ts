import type { Task } from "../gen/andon/v1/task_pb";
import { useKeys } from "../keys";
import { clearSelection, toggleSelected, useSelection } from "./selection";

interface DeskKeys {
  readonly move: (step: number) => void;
  readonly open: () => void;
  readonly close: () => void;
  readonly search: () => void;
  readonly cursor: string | null;
  readonly mine: readonly Task[];
  readonly listShown: boolean;
  readonly taskShown: boolean;
}

/** The keys of the inbox. */
export function useDeskKeys({ move, open, close, search, cursor, mine, listShown, taskShown }: DeskKeys): void {
  const selection = useSelection();
  const selectable = mine.some((task) => task.name === cursor);
  useKeys("Inbox", [
    { keys: ["j"], label: "Next task", run: () => move(1) },
    { keys: ["k"], label: "Previous task", run: () => move(-1) },
    { keys: ["Enter"], label: "Open the task", run: open, disabled: !listShown || !cursor },
    {
      keys: "x",
      label: "Select the task, or not",
      run: () => cursor && toggleSelected(cursor),
      disabled: !listShown || !selectable,
    },
    { keys: "/", label: "Search", run: search, disabled: !listShown },
    { keys: "Escape", label: "Select none", run: clearSelection, disabled: !selection.size },
    { keys: "Escape", label: "Back to the inbox", run: close, disabled: !taskShown },
  ]);
}
