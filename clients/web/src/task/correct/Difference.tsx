import type { Change } from "../model/diff";
import type { JsonValue } from "../model/json";
import { Revealed } from "../view/Revealed";
import classes from "./Correction.module.css";

/** What a correction changes, field by field, before → after, with its JSON types. */
export function Difference({ changes }: { readonly changes: readonly Change[] }) {
  return (
    <table className={classes.difference}>
      <caption className="sr-only">What the correction changes</caption>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">The AI proposes</th>
          <th scope="col">You correct to</th>
        </tr>
      </thead>
      <tbody>
        {changes.map((change) => (
          <tr key={change.path}>
            <th scope="row">
              <Revealed text={change.path || "(whole)"} />
            </th>
            <td>
              <del>
                <Side value={change.before} absent="not there" />
              </del>
            </td>
            <td>
              <ins>
                <Side value={change.after} absent="taken away" />
              </ins>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Text stands in quotation marks, so that "1" is not taken for 1. */
function Side({ value, absent }: { readonly value: JsonValue | undefined; readonly absent: string }) {
  if (value === undefined) return <em>{absent}</em>;
  return <Revealed text={typeof value === "object" ? JSON.stringify(value, null, 1) : JSON.stringify(value)} />;
}
