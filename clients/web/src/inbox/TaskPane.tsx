import { useDebouncedValue } from "@mantine/hooks";
import { lazy, type Ref, Suspense } from "react";
import { usePresence } from "../app/presence";
import { hrefOf } from "../app/route";
import { useTakesTasks } from "../app/useTakesTasks";
import { formatNumber } from "../format";
import { useMay, useSession } from "../session";
import { Empty } from "../ui/Empty";
import { Waiting } from "../ui/Waiting";
import classes from "./TaskPane.module.css";

const TaskView = lazy(() => import("../task/TaskView"));
const SETTLE_MS = 80;

interface Props {
  readonly ref: Ref<HTMLElement>;
  readonly name: string | null;
  /** Whether the inbox is hidden behind it. */
  readonly back: boolean;
  readonly position: number;
  readonly of: number;
}

/** The open task. While somebody runs through the list, only where they stop is read from the server. */
export function TaskPane({ ref, name, back, position, of }: Props) {
  const [settled] = useDebouncedValue(name, SETTLE_MS, { leading: true });
  return (
    <section ref={ref} tabIndex={-1} className={classes.pane} aria-label="The open task">
      {back && (
        <nav className={classes.back} aria-label="Inbox">
          <a href={hrefOf("inbox")}>← Inbox</a>
          {position >= 0 && (
            <span>
              {formatNumber(position + 1)} of {formatNumber(of)}
            </span>
          )}
        </nav>
      )}
      {settled ? (
        <Suspense fallback={<Waiting />}>
          <TaskView key={settled} name={settled} />
        </Suspense>
      ) : (
        <NoTask />
      )}
    </section>
  );
}

function NoTask() {
  const mayReview = useMay("ReviewService/Review");
  const takesTasks = useTakesTasks();
  const { isAway } = usePresence();
  const { onBehalfOf } = useSession();
  const words = onBehalfOf
    ? `You act for ${onBehalfOf}, and whoever acts for somebody else gives no verdicts. Pick one on the left to read it.`
    : !mayReview
      ? "Pick one on the left to read it. You watch: nothing is leased to you, and nothing here is yours to judge."
      : isAway
        ? "You are away. What waits can be looked at: pick one on the left. The button above the list takes tasks again."
        : takesTasks
          ? "Yours open by themselves as they come. What waits for others can be looked at: pick one on the left."
          : "Pick one on the left to read it. To judge some, take tasks: the button is above the list.";
  return <Empty title="No task is open">{words}</Empty>;
}
