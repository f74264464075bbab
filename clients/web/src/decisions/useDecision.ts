import { useApi } from "../api";
import { type Decision, DecisionState, DecisionView } from "../gen/andon/v1/decision_pb";
import type { DecisionEvent } from "../gen/andon/v1/decision_service_pb";
import type { Task } from "../gen/andon/v1/task_pb";
import { useMay } from "../session";
import { type Loaded, useLoaded } from "./useLoaded";

/** A decision with what has happened to it, and its task where the caller may see that. */
export interface Told {
  readonly decision: Decision;
  readonly events: readonly DecisionEvent[];
  readonly task: Task | undefined;
}

const PAGE = 1000;
const MOST_EVENTS = 5000;
const REFRESH = 10_000;

/** Reads a decision's story; while it or an appeal is open, again every ten seconds. */
export function useDecision(name: string): Loaded<Told> {
  const { decisions, reviews } = useApi();
  const maySeeTask = useMay("ReviewService/GetTask");

  async function read(signal: AbortSignal): Promise<Told> {
    const [got, events] = await Promise.all([
      decisions.getDecision({ name, view: DecisionView.FULL }, { signal }),
      readEvents(signal),
    ]);
    if (got.decision === undefined) throw new Error("The server's answer holds no decision.");
    const task = maySeeTask && got.decision.task !== "" ? await readTask(got.decision.task, signal) : undefined;
    return { decision: got.decision, events, task };
  }

  /** A queue that is not the caller's hides the task, not the decision. */
  async function readTask(task: string, signal: AbortSignal): Promise<Task | undefined> {
    return reviews.getTask({ name: task }, { signal }).then(
      (got) => got.task,
      () => undefined,
    );
  }

  async function readEvents(signal: AbortSignal): Promise<DecisionEvent[]> {
    const events: DecisionEvent[] = [];
    let pageToken = "";
    do {
      const page = await decisions.listDecisionEvents({ name, pageSize: PAGE, pageToken }, { signal });
      events.push(...page.events);
      pageToken = page.nextPageToken;
    } while (pageToken !== "" && events.length < MOST_EVENTS);
    return events;
  }

  return useLoaded(name, read, (told) => (told && isEnded(told.decision) ? undefined : REFRESH));
}

/** Whether nothing about it is open, no appeal either. */
export function isEnded({ state, appeals }: Decision): boolean {
  return state === DecisionState.RESOLVED && appeals.every(({ resolution }) => resolution !== undefined);
}
