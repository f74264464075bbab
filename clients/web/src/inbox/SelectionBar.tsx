import type { Task } from "../gen/andon/v1/task_pb";
import BulkBar from "../task/bulk/BulkBar";
import { clearSelection, useSelection } from "./selection";

/** What can be done with the selected tasks, while there are any. */
export function SelectionBar({ tasks }: { readonly tasks: readonly Task[] }) {
  const selection = useSelection();
  const selected = tasks.filter((task) => selection.has(task.name));
  if (!selected.length) return null;
  // It comes with the page and not later: from the first key on, its keys are about the selection.
  return <BulkBar tasks={selected} onDone={clearSelection} />;
}
