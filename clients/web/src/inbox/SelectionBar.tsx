import { lazy, Suspense } from "react";
import type { Task } from "../gen/andon/v1/task_pb";
import { clearSelection, useSelection } from "./selection";

const BulkBar = lazy(() => import("../task/bulk/BulkBar"));

/** What can be done with the selected tasks, while there are any. */
export function SelectionBar({ tasks }: { readonly tasks: readonly Task[] }) {
  const selection = useSelection();
  const selected = tasks.filter((task) => selection.has(task.name));
  if (!selected.length) return null;
  return (
    <Suspense fallback={null}>
      <BulkBar tasks={selected} onDone={clearSelection} />
    </Suspense>
  );
}
