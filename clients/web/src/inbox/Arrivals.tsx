import { useEffect, useRef, useState } from "react";
import { StreamEventType } from "../gen/andon/v1/review_service_pb";
import { useLive, useLiveEvents } from "../live";

const GATHER_MS = 2000;

/** Tells screen readers, politely and not one by one, of tasks that have become mine. */
export function Arrivals() {
  const { synced } = useLive();
  const [said, setSaid] = useState("");
  const gathered = useRef<string[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useLiveEvents(({ type, task, wasMine }) => {
    if (!synced || type !== StreamEventType.LEASED || wasMine) return;
    gathered.current.push(task.decision?.action ?? "");
    timer.current ??= setTimeout(() => {
      setSaid(announcement(gathered.current));
      gathered.current = [];
      timer.current = undefined;
    }, GATHER_MS);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <div className="sr-only" role="status">
      {said}
    </div>
  );
}

function announcement(actions: readonly string[]): string {
  return actions.length === 1 ? `New task for you: ${actions[0]}` : `${actions.length} new tasks for you`;
}
