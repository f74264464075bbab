import type { Task } from "../gen/andon/v1/task_pb";

/** How urgent a task is, in a level and a word; the usual needs no word. */
export interface Urgency {
  readonly level: "low" | "medium" | "high" | "top";
  readonly word: string;
}

/** The urgency by the server's scale: 0 to 9 low, 10 to 19 medium, 20 to 29 high, 30 high and long waited. */
export function urgencyOf({ urgency }: Pick<Task, "urgency">): Urgency {
  if (urgency >= 30) return { level: "top", word: "most urgent" };
  if (urgency >= 20) return { level: "high", word: "high" };
  return urgency >= 10 ? { level: "medium", word: "" } : { level: "low", word: "low" };
}
