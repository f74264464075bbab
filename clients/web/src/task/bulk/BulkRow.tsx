import type { Task } from "../../gen/andon/v1/task_pb";
import { heldBecause } from "../model/reasons";
import { Revealed } from "../view/Revealed";
import classes from "./BulkBar.module.css";
import { rowFacts, rowTitle } from "./plan";
import type { ItemResult } from "./useBulk";

interface Props {
  readonly task: Task;
  readonly result?: ItemResult | undefined;
  /** Why it is left out. */
  readonly why?: string;
}

/** One task of a bulk verdict, and what became of it. What stands here is what its evidence says was shown. */
export function BulkRow({ task, result, why }: Props) {
  return (
    <li>
      <Revealed text={rowTitle(task)} /> <span className={classes.why}>{rowFacts(task)}</span>
      {why === undefined && task.decision && (
        <div className={classes.why}>
          {heldBecause(task.decision)
            .map((held) => held.text)
            .join("; ")}
        </div>
      )}
      {why !== undefined && <div className={classes.why}>Left out: {why}.</div>}
      {result && (
        <div className={classes.result} data-result={result.kind}>
          {resultWords(result)}
        </div>
      )}
    </li>
  );
}

function resultWords(result: ItemResult): string {
  if (result.kind === "held") return "Held: it can be undone.";
  if (result.kind === "sending") return "Sending…";
  if (result.kind === "refused") return `Refused: ${result.why}`;
  return result.isOpen ? "Recorded; waiting for others." : "Done.";
}
