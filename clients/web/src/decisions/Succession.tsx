import { hrefOfName } from "../app/route";
import type { Decision } from "../gen/andon/v1/decision_pb";
import classes from "./decision.module.css";
import { idOf } from "./names";

/** What it takes the place of, what took its place, and how often its caller has changed it. */
export function Succession({ decision: { supersedes, supersededBy, amendments } }: { readonly decision: Decision }) {
  return (
    <>
      {supersedes !== "" && (
        <p className={classes.sub}>
          It takes the place of <Named name={supersedes} />
        </p>
      )}
      {supersededBy !== "" && (
        <p className={classes.sub}>
          Its place was taken by <Named name={supersededBy} />
        </p>
      )}
      {amendments > 0 && <p className={classes.sub}>Its caller changed it {timesWords(amendments)} while it waited</p>}
    </>
  );
}

function Named({ name }: { readonly name: string }) {
  return (
    <a href={hrefOfName(name)}>
      <code>{idOf(name)}</code>
    </a>
  );
}

function timesWords(times: number): string {
  return times === 1 ? "once" : times === 2 ? "twice" : `${times} times`;
}
