import { useEffect, useState } from "react";
import type { Task } from "../../gen/andon/v1/task_pb";
import { useLiveStore } from "../../live";
import { useDesk } from "../desk/useDesk";
import { newRequestId } from "../desk/verdict";
import { rowEvidence, rowTitle } from "./plan";

export type ItemResult =
  | { readonly kind: "sending" }
  | { readonly kind: "done" }
  | { readonly kind: "refused"; readonly why: string };

export interface Bulk {
  /** By task; empty until it was begun. */
  readonly results: ReadonlyMap<string, ItemResult>;
  readonly give: (verdict: "approve" | "reject", comment: string, viewMs: number) => void;
}

/** Gives one verdict to several tasks, each by a call of its own, and tells what became of each. */
export function useBulk(tasks: readonly Task[]): Bulk {
  const { outbox } = useDesk();
  const live = useLiveStore();
  const [results, setResults] = useState<ReadonlyMap<string, ItemResult>>(new Map());
  useEffect(
    () =>
      outbox.on(({ kind, verdict }) => {
        if (kind === "undone") return;
        const result: ItemResult = kind === "done" ? { kind } : { kind, why: verdict.refusal?.text ?? "refused" };
        setResults((before) => (before.has(verdict.task) ? new Map(before).set(verdict.task, result) : before));
      }),
    [outbox],
  );
  const give: Bulk["give"] = (verdict, comment, viewMs) => {
    setResults(new Map(tasks.map((task) => [task.name, { kind: "sending" }])));
    for (const task of tasks) {
      outbox.add(
        {
          id: newRequestId(),
          task: task.name,
          payloadHash: task.decision?.payloadHash ?? "",
          leaseToken: live.task(task.name)?.lease?.token ?? task.lease?.token ?? "",
          verdict,
          comment: comment.trim(),
          shown: rowEvidence(task, viewMs),
          title: rowTitle(task),
        },
        0,
      );
    }
  };
  return { results, give };
}
