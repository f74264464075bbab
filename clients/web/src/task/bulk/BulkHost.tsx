import { lazy, Suspense } from "react";
import { askBulk, useAskedBulk } from "./asked";

const BulkDialog = lazy(() => import("./BulkDialog"));

/** Where a bulk verdict is asked for and its results are shown. */
export function BulkHost() {
  const asked = useAskedBulk();
  if (!asked) return null;
  return (
    <Suspense fallback={null}>
      <BulkDialog
        verdict={asked.verdict}
        tasks={asked.tasks}
        onClose={(isGiven) => {
          askBulk(undefined);
          if (isGiven) asked.onDone();
        }}
      />
    </Suspense>
  );
}
