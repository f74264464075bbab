import { hrefOf, hrefOfName, navigate } from "../../app/route";
import type { LiveStore } from "../../live";
import type { Outbox } from "../desk/outbox";

/** The task of mine to open after this one: the first whose verdict is not given yet. */
export function nextTask(live: LiveStore, outbox: Outbox, after: string): string | undefined {
  const given = new Set(
    outbox
      .snapshot()
      .filter((one) => one.state !== "refused")
      .map((one) => one.task),
  );
  return live.state().mine.find((task) => task.name !== after && !given.has(task.name))?.name;
}

/** Opens the next task of mine, or the inbox where there is none. */
export function goOn(live: LiveStore, outbox: Outbox, after: string): void {
  const next = nextTask(live, outbox, after);
  navigate(next === undefined ? hrefOf("inbox") : hrefOfName(next), true);
}
