import { useRef } from "react";
import { Waiting } from "../ui";
import { TaskPage } from "./view/TaskPage";
import { Unreadable } from "./view/Unreadable";
import { useTask } from "./view/useTask";
import { NOTHING, type Writing } from "./view/useWriting";

/** A task by its name, leased to me or only looked at. */
export default function TaskView({ name }: { readonly name: string }) {
  return <TaskOf key={name} name={name} />;
}

function TaskOf({ name }: { readonly name: string }) {
  const { task, isMine, error, again } = useTask(name);
  const decision = task?.decision;
  const writing = useRef<Writing>(NOTHING);
  const hash = useRef(decision?.payloadHash);
  if (decision && hash.current !== decision.payloadHash) {
    if (hash.current !== undefined) writing.current = { ...writing.current, isOutdated: true };
    hash.current = decision.payloadHash;
  }
  if (task && decision)
    return <TaskPage key={decision.payloadHash} task={task} decision={decision} isMine={isMine} writing={writing} />;
  return error === undefined ? <Waiting /> : <Unreadable name={name} error={error} onAgain={again} />;
}
