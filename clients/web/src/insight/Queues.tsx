import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { useState } from "react";

import { useApi } from "../api";
import { useLoaded } from "../decisions/useLoaded";
import { serverClock } from "../live/clock";
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

/** The queues as they stand now, and the chosen one's depth and wait over time. */
export function Queues({ range }: { readonly range: RangeName }) {
  const { insight } = useApi();
  const [chosen, choose] = useState("");
  const mayHistory = useMay("InsightService/ListQueueHistory");

  async function read(signal: AbortSignal): Promise<Data> {
    const window = windowOf(range, serverClock.now());
    const [now, past] = await Promise.all([
      insight.listQueues({}, { signal }),
      mayHistory ? insight.listQueueHistory(span(window), { signal }) : { points: [] },
    ]);
    return { queues: toQueues(now.queues, past.points), window };
  }

  const loaded = useLoaded(range, read, () => REFRESH);
  return (
    <Part title="Queues" loaded={loaded}>
      {({ queues, window }) => {
        const shown = queues.find(({ name }) => name === chosen) ?? queues[0];
        if (shown === undefined) return <Empty title="No queue has had tasks lately" />;
        return (
          <>
            <QueueTable
              queues={queues}
              window={window}
              chosen={shown.name}
              onChoose={mayHistory ? choose : undefined}
            />
            {mayHistory && (
              <div className={classes.charts}>
                <QueueCharts queue={shown} window={window} />
              </div>
            )}
          </>
        );
      }}
    </Part>
  );
}

/** A window as requests name it. */
export function span({ start, end, interval }: Window) {
  return { startTime: timestampFromMs(start), endTime: timestampFromMs(end), interval: durationFromMs(interval) };
}
