// What stands between a reviewer's word and a verdict that may be sent.
import type { Task, Verdict } from "../../gen/andon/v1/task_pb";
import { VERDICTS } from "../desk/calls";
import type { VerdictWord } from "../desk/verdict";
import type { Cover } from "../model/cover";
import type { JsonObject } from "../model/json";
import { same } from "../model/json";

/** `send`, or what has to be done first. */
export type Gate =
  | { readonly kind: "send" }
  | { readonly kind: "open"; readonly covers: readonly Cover[] }
  | { readonly kind: "comment" }
  | { readonly kind: "edit" }
  | { readonly kind: "faults" }
  | { readonly kind: "unchanged" };

export interface Attempt {
  readonly task: Task;
  readonly verdict: VerdictWord;
  readonly comment: string;
  readonly correction: JsonObject | undefined;
  readonly isFaulty: boolean;
  readonly unopened: readonly Cover[];
}

/** What has to be done before this verdict may be sent. */
export function gate({ task, verdict, comment, correction, isFaulty, unopened }: Attempt): Gate {
  const isIrreversible = task.decision?.attributes?.irreversible ?? false;
  if (verdict === "correct") {
    if (!correction) return { kind: "edit" };
    if (isFaulty) return { kind: "faults" };
    if (same(correction, task.decision?.prediction)) return { kind: "unchanged" };
  }
  if (verdict !== "reject" && isIrreversible && unopened.length > 0) return { kind: "open", covers: unopened };
  return needsComment(task, VERDICTS[verdict]) && !saysSomething(comment) ? { kind: "comment" } : { kind: "send" };
}

/** Whether a comment can be read: it has a letter, number, punctuation mark or symbol, and not only blank ones. */
export function saysSomething(comment: string): boolean {
  return /(?![\u115f\u1160\u2800\u3164\uffa0])[\p{L}\p{N}\p{P}\p{S}]/u.test(comment);
}

export function needsComment(task: Task, verdict: Verdict): boolean {
  return task.presentation?.commentRequired.includes(verdict) ?? false;
}
