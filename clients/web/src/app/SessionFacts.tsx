import { formatUntil } from "../format";
import { useCredential, useSession } from "../session";
import classes from "./SettingsPanel.module.css";

/** Who I am here, what I may, and until when. */
export function SessionFacts() {
  const { principal, roles, queues, actions, onBehalfOf } = useSession();
  const { signOn, endsAt, isProlonged, isOver } = useCredential();
  const facts: readonly (readonly [string, string])[] = [
    ["Roles", roles.join(", ") || "none"],
    ["Queues", scope(queues, "none")],
    ["Actions", scope(actions, "")],
    ["Signed in with", signOn?.offer.name ?? ""],
    ["Signed in until", endWords(endsAt, isOver, isProlonged)],
  ];
  return (
    <div>
      <div className={classes.principal}>{principal}</div>
      {onBehalfOf !== "" && (
        <p className={classes.behalf}>
          acts for <strong>{onBehalfOf}</strong>, and so gives no verdicts
        </p>
      )}
      <dl className={classes.roles}>
        {facts
          .filter(([, value]) => value !== "")
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </div>
  );
}

function scope(names: readonly string[], none: string): string {
  return names.includes("*") ? "all" : names.join(", ") || none;
}

function endWords(endsAt: number | null, isOver: boolean, isProlonged: boolean): string {
  if (isOver) return "ended";
  if (endsAt === null) return "";
  return `${formatUntil(endsAt)}${isProlonged ? ", prolonged by itself" : ""}`;
}
