import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { useRef, useState } from "react";
import { useApi } from "../../api";
import { formatDateTime, formatStep } from "../../format";
import type { Task } from "../../gen/andon/v1/task_pb";
import { useLiveStore } from "../../live";
import { PATIENCE_MS } from "../desk/calls";
import { failureWords } from "../desk/refusals";
import { newRequestId } from "../desk/verdict";

export interface MoreTime {
  /** What would be added to the deadline, such as `2 h`; empty where the policy gives no more time. */
  readonly step: string;
  /** What came of it, in words; empty until it was asked for. */
  readonly said: string;
  readonly hasFailed: boolean;
  readonly ask: () => void;
}

/** More time for a task of mine, as its policy gives it. It is asked for once at a time and never by itself. */
export function useMoreTime({ name, lease, extension }: Task): MoreTime {
  const { reviews } = useApi();
  const live = useLiveStore();
  const [answer, setAnswer] = useState({ said: "", hasFailed: false });
  const isAsking = useRef(false);
  // Kept until there is an answer: who asks again because none came is given the time once.
  const request = useRef<{ readonly task: string; readonly id: string }>(undefined);
  const requestId = () => {
    if (request.current?.task !== name) request.current = { task: name, id: newRequestId() };
    return request.current.id;
  };
  const ask = () => {
    if (isAsking.current || !extension) return;
    isAsking.current = true;
    const leaseToken = live.task(name)?.lease?.token ?? lease?.token ?? "";
    reviews
      .extendDeadline({ name, leaseToken, requestId: requestId() }, { timeoutMs: PATIENCE_MS })
      .then(({ task }) => {
        request.current = undefined;
        if (task) live.extended(task);
        setAnswer({ said: givenWords(task), hasFailed: false });
      })
      .catch((error: unknown) => setAnswer({ said: failureWords(error), hasFailed: true }))
      .finally(() => {
        isAsking.current = false;
      });
  };
  return { step: extension ? formatStep(durationMs(extension)) : "", ...answer, ask };
}

function givenWords(task: Task | undefined): string {
  return task?.expireTime
    ? `More time: due ${formatDateTime(timestampMs(task.expireTime))} now.`
    : "More time is given.";
}
