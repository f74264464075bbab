import type { Task } from "../gen/andon/v1/task_pb";

/** Which tasks to show. */
export interface InboxFilter {
  /** Empty: all. */
  readonly queue: string;
  /** Words that must all occur. */
  readonly text: string;
}

const haystacks = new WeakMap<Task, string>();

/** The tasks that a filter lets through, in their order. */
export function filterTasks(tasks: readonly Task[], { queue, text }: InboxFilter): readonly Task[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!queue && !words.length) return tasks;
  return tasks.filter((task) => {
    if (queue && task.queue !== queue) return false;
    if (!words.length) return true;
    const haystack = haystackOf(task);
    return words.every((word) => haystack.includes(word));
  });
}

/** Everything of a task that a person might remember of it: action, subject, reasons, model, attributes, names. */
function haystackOf(task: Task): string {
  const known = haystacks.get(task);
  if (known !== undefined) return known;
  const { decision } = task;
  const attributes = decision?.attributes;
  const parts = [
    task.name,
    task.queue,
    ...task.skills,
    decision?.name,
    decision?.action,
    decision?.submitter,
    decision?.model?.name,
    decision?.model?.version,
    attributes?.subject,
    attributes?.amount,
    attributes?.currency,
    attributes?.extra && JSON.stringify(attributes.extra),
    task.presentation?.effect,
    ...(decision?.routing?.reasons ?? []).flatMap((reason) => [reason.rule, reason.text]),
  ];
  const text = parts.filter(Boolean).join("\n").toLowerCase();
  haystacks.set(task, text);
  return text;
}
