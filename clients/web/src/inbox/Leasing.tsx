import { Button } from "@mantine/core";
import { awayWords } from "../app/awayWords";
import { usePresence, useSetPresence } from "../app/presence";
import { changeSettings } from "../app/settings";
import { useTakesTasks } from "../app/useTakesTasks";
import { useMay } from "../session";
import classes from "./Leasing.module.css";

/** Says which tasks are leased to me, where that is not all that fit me, and lets me take some. */
export function Leasing({ served }: { readonly served: string }) {
  const mayReview = useMay("ReviewService/Review");
  const takesTasks = useTakesTasks();
  const { isAway } = usePresence();
  if (!mayReview || (takesTasks && !isAway && !served)) return null;
  return (
    <div className={classes.leasing}>
      {isAway ? <AwayUntil /> : takesTasks ? <Served queue={served} /> : <NotTaking />}
    </div>
  );
}

function AwayUntil() {
  const presence = usePresence();
  const { may, isSetting, fault, set } = useSetPresence();
  return (
    <>
      <span role="status">{fault || `${awayWords(presence)}: nothing is handed to you.`}</span>
      {may && (
        <Button size="xs" disabled={isSetting} onClick={() => set({ isAway: false, until: undefined })}>
          I’m back
        </Button>
      )}
    </>
  );
}

function Served({ queue }: { readonly queue: string }) {
  return (
    <span>
      Tasks of <strong>{queue}</strong> alone are leased to you.
    </span>
  );
}

function NotTaking() {
  return (
    <>
      <span>No new task is leased to you.</span>
      <Button size="xs" onClick={() => changeSettings({ takesTasks: true })}>
        Take tasks
      </Button>
    </>
  );
}
