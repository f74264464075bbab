import { useRef } from "react";
import { isLong, shownChildren } from "../model/cover";
import type { Field } from "../model/fields";
import classes from "./Field.module.css";
import { FieldValue } from "./FieldValue";
import { Opener } from "./Opener";
import { Revealed } from "./Revealed";
import { useScreen } from "./screen";

/** Fields with their values, nested ones below each other. */
export function FieldList({ fields }: { readonly fields: readonly Field[] }) {
  return (
    <dl className={classes.list}>
      {fields.map((field) => (
        <FieldRow key={field.path} field={field} />
      ))}
    </dl>
  );
}

function FieldRow({ field }: { readonly field: Field }) {
  const isNested = field.children.length > 0;
  return (
    <div className={isNested ? `${classes.field} ${classes.nestedField}` : classes.field} data-path={field.path}>
      <dt>
        <Revealed text={field.label} />
        {isNested && <span className={classes.note}>{countWords(field)}</span>}
      </dt>
      <dd className={isNested ? classes.nested : undefined}>
        <FieldBody field={field} />
      </dd>
    </div>
  );
}

/** A field's value, whatever it is. */
export function FieldBody({ field }: { readonly field: Field }) {
  const { opened } = useScreen();
  const entries = useRef<HTMLDivElement>(null);
  if (field.children.length === 0) return <FieldValue field={field} />;
  const shown = shownChildren(field, opened);
  const columns = columnsOf(field);
  const list = columns ? <FieldTable rows={shown} columns={columns} /> : <FieldList fields={shown} />;
  if (!isLong(field)) return list;
  return (
    <>
      <div ref={entries} tabIndex={-1} className={classes.entries}>
        {list}
      </div>
      <Opener path={field.path} words={`all ${field.children.length}`} label={field.label} reveals={entries} />
    </>
  );
}

interface TableProps {
  readonly rows: readonly Field[];
  readonly columns: readonly string[];
}

/** A list of alike, flat objects as a table. */
function FieldTable({ rows, columns }: TableProps) {
  return (
    <div className={classes.tableBox}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">#</th>
            {columns.map((column) => (
              <th key={column} scope="col">
                <Revealed text={column} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.path}>
              <th scope="row">{row.label}</th>
              {columns.map((column) => {
                const cell = row.children.find((child) => child.label === column);
                return <td key={column}>{cell && <FieldValue field={cell} />}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const MOST_COLUMNS = 7;

/** The columns of a list whose items are flat objects with few members; undefined for any other. */
function columnsOf(field: Field): string[] | undefined {
  if (field.kind !== "list" || field.children.length < 2) return undefined;
  const isFlat = (row: Field) =>
    row.kind === "object" && row.children.length > 0 && row.children.every((cell) => cell.children.length === 0);
  if (!field.children.every(isFlat)) return undefined;
  const columns = new Set(field.children.flatMap((row) => row.children.map((cell) => cell.label)));
  return columns.size <= MOST_COLUMNS ? [...columns] : undefined;
}

function countWords({ kind, children: { length } }: Field): string {
  if (kind === "list") return length === 1 ? "1 item" : `${length} items`;
  return length === 1 ? "1 field" : `${length} fields`;
}
