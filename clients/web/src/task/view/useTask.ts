import { useEffect, useState } from "react";
import { useApi } from "../../api";
import { type Task, TaskState } from "../../gen/andon/v1/task_pb";
import { useLiveStore, useLiveTask } from "../../live";
import { useAttempts } from "./useRead";

export interface Seen {
  /** The task, whole; undefined until it has been read. What was once read stays when the stream lets it go. */
  readonly task: Task | undefined;
  readonly isMine: boolean;
  readonly error: unknown;
  readonly again: () => void;
}

/** A task, leased to me or only looked at, as it stands now. */
export function useTask(name: string): Seen {
  const { reviews } = useApi();
  const store = useLiveStore();
  const live = useLiveTask(name);
  const isMine = store.isMine(name);
  const [kept, setKept] = useState<Task>();
  const [error, setError] = useState<unknown>();
  const [attempt, again] = useAttempts(error !== undefined);
  const whole = store.isWhole(name) ? live : undefined;
  if (whole && whole !== kept) setKept(whole);

  // A lease brings the task whole. What is not mine is read, and read anew when the stream says that it has changed.
  const version = isMine ? "mine" : live ? versionOf(live) : "unknown";
  // biome-ignore lint/correctness/useExhaustiveDependencies: another version or attempt is read anew
  useEffect(() => {
    if (isMine) return;
    const stop = new AbortController();
    reviews.getTask({ name }, { signal: stop.signal }).then(
      ({ task }) => {
        setError(undefined);
        if (task) setKept(task);
      },
      (reason: unknown) => stop.signal.aborted || setError(reason),
    );
    return () => stop.abort();
  }, [reviews, name, version, attempt]);
  return { task: kept, isMine, error, again };
}

function versionOf({ state, queue, lease, decision }: Task): string {
  return `${state} ${queue} ${lease?.epoch ?? 0} ${decision?.payloadHash}`;
}

/** Whether a task is still to be judged. A state this page does not know counts as open. */
export function isOpen(task: Task): boolean {
  return ![TaskState.REVIEWED, TaskState.EXPIRED, TaskState.CANCELLED].includes(task.state);
}
