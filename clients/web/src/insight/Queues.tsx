import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";

import { useApi } from "../api";
import { useLoaded } from "../decisions/useLoaded";
import { useMay } from "../session";
import { Empty } from "../ui";
import classes from "./insight.module.css";
import { Part } from "./Part";
import { QueueCharts } from "./QueueCharts";
import { QueueTable } from "./QueueTable";
import { type QueueStory, toQueues } from "./queues";
import { type RangeName, type Window, windowOf } from "./range";
import { REFRESH } from "./refresh";

interface Data {
  readonly queues: readonly QueueStory[];
  readonly window: Window;
}

const MOST_CHARTS = 6;

/** The queues: as they stand now, and their depth and wait over time. */
export function Queues({ range }: { readonly range: RangeName }) {
  const { insight } = useApi();
  const mayHistory = useMay("InsightService/ListQueueHistory");

  async function read(signal: AbortSignal): Promise<Data> {
    const window = windowOf(range, Date.now());
    const [now, past] = await Promise.all([
      insight.listQueues({}, { signal }),
      mayHistory ? insight.listQueueHistory(span(window), { signal }) : { points: [] },
    ]);
    return { queues: toQueues(now.queues, past.points), window };
  }

  const loaded = useLoaded(range, read, () => REFRESH);
  return (
    <Part title="Queues" loaded={loaded}>
      {({ queues, window }) =>
        queues.length === 0 ? (
          <Empty title="No queue has had tasks lately" />
        ) : (
          <>
            <QueueTable queues={queues} window={window} />
            <div className={classes.charts}>
              {queues
                .filter(({ series }) => series.some(({ open, created }) => open > 0 || created > 0))
                .slice(0, MOST_CHARTS)
                .map((queue) => (
                  <QueueCharts key={queue.name} queue={queue} window={window} />
                ))}
            </div>
          </>
        )
      }
    </Part>
  );
}

/** A window as requests name it. */
export function span({ start, end, interval }: Window) {
  return { startTime: timestampFromMs(start), endTime: timestampFromMs(end), interval: durationFromMs(interval) };
}
