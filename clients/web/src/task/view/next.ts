import { hrefOf, hrefOfName, navigate } from "../../app/route";
import type { LiveStore } from "../../live";
import type { Outbox } from "../desk/outbox";

/** The task of mine to open, after this one: the first whose verdict is not given yet, here or in another tab. */
export function nextTask(live: LiveStore, outbox: Outbox, after = ""): string | undefined {
  const pending = [...outbox.snapshot(), ...outbox.elsewhere()];
  const given = new Set(pending.filter((one) => one.state !== "refused").map((one) => one.task));
  // The state is a frame behind: what has just been answered may still stand in it.
  const isOpen = (name: string) => name !== after && !given.has(name) && live.isMine(name);
  return live.state().mine.find(({ name }) => isOpen(name))?.name;
}

/** Opens the next task of mine, or the inbox where there is none. */
export function goOn(live: LiveStore, outbox: Outbox, after: string): void {
  const next = nextTask(live, outbox, after);
  navigate(next === undefined ? hrefOf("inbox") : hrefOfName(next), true);
}
