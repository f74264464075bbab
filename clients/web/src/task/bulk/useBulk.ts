import { useEffect, useState } from "react";
import { useSettings } from "../../app/settings";
import type { Task } from "../../gen/andon/v1/task_pb";
import { useLiveStore } from "../../live";
import { useDesk, usePending } from "../desk/useDesk";
import { newRequestId, type PendingVerdict } from "../desk/verdict";
import { isShare } from "../model/quorum";
import type { BulkDeed } from "./asked";
import { rowEvidence, rowTitle } from "./plan";

export type ItemResult =
  | { readonly kind: "held"; readonly until: number }
  | { readonly kind: "sending" }
  | { readonly kind: "done"; readonly isOpen: boolean }
  | { readonly kind: "refused"; readonly why: string };

export interface Bulk {
  /** By task; empty until it was begun, and after it was undone. */
  readonly results: ReadonlyMap<string, ItemResult>;
  readonly give: (verdict: BulkDeed, comment: string, viewMs: number) => void;
  readonly undo: () => void;
  readonly sendNow: () => void;
}

type Ends = ReadonlyMap<string, ItemResult>;

/** Gives one verdict to several tasks, each by a call of its own, and tells what became of each. */
export function useBulk(tasks: readonly Task[]): Bulk {
  const { outbox } = useDesk();
  const { undoSeconds } = useSettings();
  const live = useLiveStore();
  const [group, setGroup] = useState<string>();
  const [ends, setEnds] = useState<Ends>(new Map());
  const mine = usePending().filter((one) => group !== undefined && one.group === group);
  useEffect(
    () =>
      outbox.on((event) => {
        const { kind, verdict } = event;
        if (kind === "undone" || verdict.group === undefined || verdict.group !== group) return;
        const end: ItemResult =
          kind === "done" ? { kind, isOpen: event.isOpen } : { kind, why: verdict.refusal?.text ?? "refused" };
        setEnds((before) => new Map(before).set(verdict.task, end));
      }),
    [outbox, group],
  );
  const give: Bulk["give"] = (verdict, comment, viewMs) => {
    const together = newRequestId();
    setGroup(together);
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
          group: together,
          ...(isShare(task) ? { isShare: true } : {}),
        },
        undoSeconds * 1000,
      );
    }
  };
  const held = mine.filter((one) => one.state === "held");
  return {
    results: new Map([...mine.map((one): [string, ItemResult] => [one.task, now(one)]), ...ends]),
    give,
    undo: () => void (held[0] && outbox.undo(held[0].id)),
    sendNow: () => {
      for (const { id } of held) outbox.sendNow(id);
    },
  };
}

function now({ state, sendAt }: PendingVerdict): ItemResult {
  return state === "held" ? { kind: "held", until: sendAt } : { kind: "sending" };
}
