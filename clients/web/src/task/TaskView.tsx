import { Waiting } from "../ui";
import { TaskPage } from "./view/TaskPage";
import { Unreadable } from "./view/Unreadable";
import { useTask } from "./view/useTask";

/** A task by its name, leased to me or only looked at. */
export default function TaskView({ name }: { readonly name: string }) {
  return <TaskOf key={name} name={name} />;
}

function TaskOf({ name }: { readonly name: string }) {
  const { task, isMine, error, again } = useTask(name);
  const decision = task?.decision;
  if (task && decision) return <TaskPage key={decision.payloadHash} task={task} decision={decision} isMine={isMine} />;
  return error === undefined ? <Waiting /> : <Unreadable name={name} error={error} onAgain={again} />;
}
