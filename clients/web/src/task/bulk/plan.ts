// Which of the selected tasks may be judged together, and why the others not.
import { formatMoney } from "../../format";
import type { Task, Verdict } from "../../gen/andon/v1/task_pb";
import { type Deed, isVerdict } from "../desk/verdict";
import { isObject } from "../model/json";
import { effectOf, heldBecause } from "../model/reasons";
import { evidence, type Line, type ShownEvidence } from "../model/shown";
import { revealed } from "../model/text";

export interface LeftOut {
  readonly task: Task;
  readonly why: string;
}

export interface BulkPlan {
  readonly judged: readonly Task[];
  readonly leftOut: readonly LeftOut[];
}

/** Splits a selection. `busy` are the tasks whose verdict is on its way already. What only passes on suits more. */
export function planBulk(tasks: readonly Task[], busy: ReadonlySet<string>, deed: Deed = "approve"): BulkPlan {
  const judged: Task[] = [];
  const leftOut: LeftOut[] = [];
  for (const task of tasks) {
    const why = whyNot(task, busy, deed);
    if (why === undefined) judged.push(task);
    else leftOut.push({ task, why });
  }
  return { judged, leftOut };
}

/** Whether the policy of any of them asks for a comment with this verdict. */
export function bulkNeedsComment(tasks: readonly Task[], verdict: Verdict): boolean {
  return tasks.some((task) => task.presentation?.commentRequired.includes(verdict));
}

function whyNot(task: Task, busy: ReadonlySet<string>, deed: Deed): string | undefined {
  if (!task.decision) return "it has not been read";
  if (isVerdict(deed) && task.decision.attributes?.irreversible) return "it can't be undone";
  if (isVerdict(deed) && isObject(task.correctionSchema)) return "it has a form for corrections";
  if (!task.lease?.token) return "it is not yours";
  return busy.has(task.name) ? "its verdict is on its way" : undefined;
}

/** The sentence by which a task stands in the list of a bulk verdict. */
export function rowTitle(task: Task): string {
  return task.decision ? effectOf(task.decision, task.presentation?.effect) : task.name;
}

/** What of a decision stands in that list besides its sentence. */
export function rowFacts(task: Task): string {
  const { subject = "", amount, currency = "" } = task.decision?.attributes ?? {};
  const money = amount === undefined ? "" : formatMoney(amount, currency);
  return [subject, money]
    .filter((fact) => fact !== "")
    .map(revealed)
    .join(" · ");
}

/** The evidence of a bulk verdict: the row as it stood in the list, and nothing more; the decision itself was not read. */
export function rowEvidence(task: Task, viewMs: number): ShownEvidence {
  const { decision } = task;
  const fields: Line[] = [{ path: "attributes", label: "", state: "cut", text: rowFacts(task) }];
  return evidence(
    {
      format: "andon-web-row/1",
      payloadHash: decision?.payloadHash ?? "",
      effect: rowTitle(task),
      reasons: decision ? heldBecause(decision).map((held) => held.text) : [],
      fields,
    },
    ["input", "prediction"].map((path) => ({ path, label: path, why: "covered" as const })),
    new Set(),
    viewMs,
  );
}
