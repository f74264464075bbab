import { Button } from "@mantine/core";
import { Dialog } from "../../ui/Dialog";
import { type AskedSignOut, askSignOut } from "./signOut";
import classes from "./Tray.module.css";

/** Asks before a sign-out takes away what was written and not sent. */
export default function SignOutDialog({ unsent, goOn }: AskedSignOut) {
  const close = () => askSignOut(undefined);
  const leave = () => {
    close();
    goOn();
  };
  return (
    <Dialog opened onClose={close} title="Sign out?">
      <p>
        You have written something about {unsent === 1 ? "1 task" : `${unsent} tasks`} and not sent it. Signing out
        deletes it from this device.
      </p>
      <div className={classes.actions}>
        <Button variant="default" onClick={close}>
          Stay
        </Button>
        <Button onClick={leave}>Delete it and sign out</Button>
      </div>
    </Dialog>
  );
}
