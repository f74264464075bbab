import { useApi } from "../../api";
import { hrefOfName } from "../../app/route";
import type { Decision, Resolution } from "../../gen/andon/v1/decision_pb";
import { DecisionView } from "../../gen/andon/v1/decision_pb";
import type { Task } from "../../gen/andon/v1/task_pb";
import { useMay } from "../../session";
import { endingWords } from "../model/endings";
import { Revealed } from "./Revealed";
import classes from "./Task.module.css";
import { useRead } from "./useRead";

interface Props {
  readonly task: Task;
  readonly decision: Decision;
}

/** An appeal: who contests what, and why. */
export function Appealed({ task, decision }: Props) {
  return task.level > 0 ? <Contested task={task} decision={decision} /> : null;
}

function Contested({ task: { level, note }, decision }: Props) {
  const { decisions } = useApi();
  const may = useMay("DecisionService/GetDecision");
  const { name, resolution } = decision;
  // Who contests it, and the appeals before, are told with the decision alone.
  const { value: appeals = [] } = useRead(name, String(level), async (signal) => {
    if (!may) return [];
    const { decision: whole } = await decisions.getDecision({ name, view: DecisionView.BASIC }, { signal });
    return whole?.appeals ?? [];
  });
  const appellant = appeals.find((one) => one.level === level)?.appellant ?? "";
  const ends = [resolution, ...appeals.filter((one) => one.level < level).map((one) => one.resolution)];
  return (
    <section className={classes.appeal} aria-label={`Appeal, level ${level}`}>
      <p>
        <strong>
          Appeal, level {level}
          {appellant && `: contested by ${appellant}`}
        </strong>{" "}
        <a href={hrefOfName(name)}>What happened before</a>
      </p>
      {note && <Said text={note} />}
      {ends.map((end, at) => end && <End key={at === 0 ? "first" : `level ${at}`} end={end} level={at} />)}
    </section>
  );
}

function End({ end, level }: { readonly end: Resolution; readonly level: number }) {
  return (
    <>
      <p>
        {level === 0 ? "How it had ended" : `How appeal ${level} ended`}: {endingWords(end)}.
      </p>
      {end.comment && <Said text={end.comment} />}
    </>
  );
}

function Said({ text }: { readonly text: string }) {
  return (
    <p className={classes.said}>
      <Revealed text={text} />
    </p>
  );
}
