import { Button } from "@mantine/core";
import { changeSettings } from "../app/settings";
import { useTakesTasks } from "../app/useTakesTasks";
import { useMay } from "../session";
import classes from "./Leasing.module.css";

/** Says which tasks are leased to me, where that is not all that fit me, and lets me take some. */
export function Leasing({ served }: { readonly served: string }) {
  const mayReview = useMay("ReviewService/Review");
  const takesTasks = useTakesTasks();
  if (!mayReview || (takesTasks && !served)) return null;
  return (
    <div className={classes.leasing}>
      {takesTasks ? (
        <span>
          Tasks of <strong>{served}</strong> alone are leased to you.
        </span>
      ) : (
        <>
          <span>No new task is leased to you.</span>
          <Button size="xs" onClick={() => changeSettings({ takesTasks: true })}>
            Take tasks
          </Button>
        </>
      )}
    </div>
  );
}
