import type { Task } from "../gen/andon/v1/task_pb";

/** One line of the list. */
export type Row =
  | {
      readonly kind: "heading";
      readonly key: string;
      readonly title: string;
      readonly count: number;
      readonly of: number;
    }
  | { readonly kind: "note"; readonly key: string; readonly text: string }
  | { readonly kind: "task"; readonly key: string; readonly task: Task; readonly mine: boolean };

export const ROW_HEIGHT = { heading: 32, note: 64, task: 58 } as const;

export interface InboxTasks {
  readonly mine: readonly Task[];
  readonly waiting: readonly Task[];
}

interface Words {
  readonly noneMine: string;
  readonly noneWaiting: string;
}

/** The list's lines: mine on top, what waits below, each under its heading. `all` is both without the filter. */
export function rowsOf(shown: InboxTasks, all: InboxTasks, words: Words): Row[] {
  return [
    ...part("mine", "Mine", shown.mine, all.mine.length, words.noneMine),
    ...part("waiting", "Waiting", shown.waiting, all.waiting.length, words.noneWaiting),
  ];
}

/** The names of the tasks in the rows, in order. */
export function namesOf(rows: readonly Row[]): string[] {
  return rows.flatMap((row) => (row.kind === "task" ? [row.key] : []));
}

/** Where each row begins, in pixels, and after them where the last ends. */
export function offsetsOf(rows: readonly Row[]): number[] {
  const offsets = [0];
  for (const row of rows) offsets.push((offsets.at(-1) ?? 0) + ROW_HEIGHT[row.kind]);
  return offsets;
}

function part(key: "mine" | "waiting", title: string, tasks: readonly Task[], of: number, none: string): Row[] {
  const heading: Row = { kind: "heading", key, title, count: tasks.length, of };
  if (!tasks.length) return [heading, { kind: "note", key: `no-${key}`, text: none }];
  return [heading, ...tasks.map((task): Row => ({ kind: "task", key: task.name, task, mine: key === "mine" }))];
}
