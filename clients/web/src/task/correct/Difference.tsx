import type { Presentation } from "../../gen/andon/v1/task_pb";
import type { Change } from "../model/diff";
import { type NamedField, namedAt } from "../model/fields";
import { write } from "../model/format";
import { type JsonValue, kindOf } from "../model/json";
import { Revealed } from "../view/Revealed";
import classes from "./Correction.module.css";

interface Props {
  readonly changes: readonly Change[];
  readonly presentation: Presentation | undefined;
}

/** What a correction changes, field by field, before → after, as the task shows it; its JSON types where they change. */
export function Difference({ changes, presentation }: Props) {
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
          <ChangeRow key={change.path} change={change} named={namedAt(`prediction.${change.path}`, presentation)} />
        ))}
      </tbody>
    </table>
  );
}

function ChangeRow({ change, named }: { readonly change: Change; readonly named: NamedField }) {
  const { before, after } = change;
  const isRetyped = before !== undefined && after !== undefined && kindOf(before) !== kindOf(after);
  return (
    <tr>
      <th scope="row">
        <Revealed text={change.path ? named.label : "(whole)"} />
      </th>
      <td>
        <del>
          <Side value={before} named={named} isRetyped={isRetyped} absent="not there" />
        </del>
      </td>
      <td>
        <ins>
          <Side value={after} named={named} isRetyped={isRetyped} absent="taken away" />
        </ins>
      </td>
    </tr>
  );
}

interface SideProps {
  readonly value: JsonValue | undefined;
  readonly named: NamedField;
  readonly isRetyped: boolean;
  readonly absent: string;
}

function Side({ value, named, isRetyped, absent }: SideProps) {
  if (value === undefined) return <em>{absent}</em>;
  const { text, note } = write(value, named.format, named.unit);
  const words = isRetyped ? kindOf(value) : note;
  const isNested = typeof value === "object" && value !== null;
  return (
    <>
      <Revealed text={isNested ? JSON.stringify(value, null, 1) : text} />
      {words && <span className={classes.type}> {words}</span>}
    </>
  );
}
