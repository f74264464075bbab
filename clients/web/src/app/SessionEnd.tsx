import { Button } from "@mantine/core";
import { useNow } from "../live";
import { useCredential } from "../session";
import { noticeOf } from "../session/signOn";
import { troubleWords } from "../session/trouble";
import classes from "./SessionEnd.module.css";

const MINUTE_MS = 60_000;

/** Says that the sign-in has ended or soon will, where it does not prolong itself. What is on the screen stays. */
export function SessionEnd() {
  const { signOn, endsAt, isProlonged, isOver, issuer } = useCredential();
  const now = useNow(5_000);
  const left = endsAt === null ? Number.POSITIVE_INFINITY : endsAt - now;
  const isSoon = !isProlonged && left < noticeOf(signOn?.bearer ?? "");
  const isShown = isOver || isSoon;
  return (
    <div className={classes.end} role="status">
      {isShown && (
        <div>
          <p>
            {endWords(isOver || left <= 0, left, signOn !== null)}
            {issuer?.trouble && ` ${troubleWords(issuer.trouble)}`}
          </p>
          {signOn && issuer && (
            <Button size="xs" disabled={issuer.isLeaving} onClick={() => issuer.go(signOn.offer)}>
              Sign in again
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

function endWords(isOver: boolean, left: number, canReturn: boolean): string {
  const minutes = Math.max(1, Math.ceil(left / MINUTE_MS));
  const when = isOver ? "has ended" : `ends in ${minutes === 1 ? "a minute" : `${minutes} minutes`}`;
  if (canReturn)
    return `Your sign-in ${when}. What you wrote is kept on this device, and you come back to where you are.`;
  return `Your token ${when}. Ask your administrator for another; what you wrote is kept on this device.`;
}
