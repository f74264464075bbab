import type { ReactNode } from "react";
import { type Refusal, refusalOf } from "../api";
import classes from "./ErrorNotice.module.css";

interface Props {
  /** What was thrown, or the refusal in it. */
  readonly error?: unknown;
  readonly refusal?: Refusal;
  readonly title?: string;
  /** What can be done about it, for example a button. */
  readonly children?: ReactNode;
}

/** What the server said when it refused, with each field it named. */
export function ErrorNotice({ error, refusal: given, title = "The server refused", children }: Props) {
  const refusal = given ?? refusalOf(error);
  return (
    <div className={classes.notice} role="alert">
      <p className={classes.title}>{title}</p>
      <p className={classes.text}>{refusal.text}</p>
      {refusal.fields.length > 0 && (
        <ul className={classes.fields}>
          {refusal.fields.map((fault) => (
            <li key={`${fault.field} ${fault.text}`}>
              <code>{fault.field}</code> {fault.text}
            </li>
          ))}
        </ul>
      )}
      {refusal.reason && refusal.reason !== "UNREACHABLE" && <p className={classes.reason}>{refusal.reason}</p>}
      {children}
    </div>
  );
}
