import { Button } from "@mantine/core";
import classes from "./Tray.module.css";
import { useDesk, usePending } from "./useDesk";

/** All of mine are judged, and the next comes only once the verdicts that are held have been sent. */
export function StillToSend() {
  const { outbox } = useDesk();
  const count = usePending().filter((one) => one.state !== "refused").length;
  if (count === 0) return null;
  return (
    <div className={classes.still} role="status">
      <p>
        Waiting for {count === 1 ? "1 verdict" : `${count} verdicts`} to be sent. Each frees the place for a new task.
      </p>
      <Button variant="default" onClick={() => outbox.sendNow()}>
        Send now
      </Button>
    </div>
  );
}
