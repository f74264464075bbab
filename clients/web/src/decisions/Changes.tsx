import { FieldFormat } from "../gen/andon/v1/task_pb";
import type { Change } from "../task/model/diff";
import { write } from "../task/model/format";
import type { JsonValue } from "../task/model/json";
import classes from "./decision.module.css";

/** What a correction changed, field by field. */
export function Changes({ changes }: { readonly changes: readonly Change[] }) {
  if (changes.length === 0) return null;
  const valued = changes.some(({ before, after }) => before !== undefined || after !== undefined);
  if (!valued) return <p className={classes.sub}>Changed: {changes.map(({ path }) => path).join(", ")}</p>;
  return (
    <table className={classes.changes} aria-label="Changed fields">
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">The AI proposed</th>
          <th scope="col">Corrected to</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ path, before, after }) => (
          <tr key={path}>
            <th scope="row">
              <code>{path}</code>
            </th>
            <td>{before === undefined ? "–" : <del>{valueText(before)}</del>}</td>
            <td>{after === undefined ? "taken away" : <ins>{valueText(after)}</ins>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function valueText(value: JsonValue): string {
  return write(value, FieldFormat.UNSPECIFIED, "").text;
}
