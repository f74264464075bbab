import { timestampFromMs } from "@bufbuild/protobuf/wkt";

import { Spark } from "../charts/Spark";
import { waitWords } from "../decisions/words";
import { formatNumber } from "../format";
import { Age, Countdown } from "../ui";
import classes from "./insight.module.css";
import { openOverTime, type QueueStory } from "./queues";
import type { Window } from "./range";

interface QueueTableProps {
  readonly queues: readonly QueueStory[];
  readonly window: Window;
  /** The queue that is drawn large. */
  readonly chosen: string;
  /** Absent where nothing can be drawn. */
  readonly onChoose: ((name: string) => void) | undefined;
}

/** Every queue as it stands now; the chosen one is drawn large below. */
export function QueueTable({ queues, window, chosen, onChoose }: QueueTableProps) {
  return (
    <table className={classes.table} aria-label="Queues now">
      <thead>
        <tr>
          <th scope="col">Queue</th>
          <th scope="col">Waiting</th>
          <th scope="col">In hand</th>
          <th scope="col">Oldest</th>
          <th scope="col">Next deadline</th>
          <th scope="col">Usual time to resolve</th>
          <th scope="col" className={classes.sparkCell}>
            Open over time
          </th>
        </tr>
      </thead>
      <tbody>
        {queues.map((queue) => (
          <QueueRow
            key={queue.name}
            queue={queue}
            window={window}
            isChosen={queue.name === chosen}
            onChoose={onChoose && (() => onChoose(queue.name))}
          />
        ))}
      </tbody>
    </table>
  );
}

interface QueueRowProps {
  readonly queue: QueueStory;
  readonly window: Window;
  readonly isChosen: boolean;
  readonly onChoose: (() => void) | undefined;
}

function QueueRow({ queue, window, isChosen, onChoose }: QueueRowProps) {
  const { name, now, series } = queue;
  const points = openOverTime(queue, window);
  return (
    <tr data-chosen={(onChoose && isChosen) || undefined}>
      <th scope="row">
        {onChoose ? (
          <button type="button" className={classes.choose} aria-pressed={isChosen} onClick={onChoose}>
            {name}
          </button>
        ) : (
          name
        )}
      </th>
      <td data-name="Waiting" className={classes.large}>
        {formatNumber(now?.waiting ?? 0)}
      </td>
      <td data-name="In hand">{formatNumber(now?.leased ?? 0)}</td>
      <td data-name="Oldest">{now?.oldest ? <Age since={timestampFromMs(now.oldest)} /> : "–"}</td>
      <td data-name="Next deadline">
        {now?.nextDeadline ? <Countdown to={timestampFromMs(now.nextDeadline)} label="" /> : "–"}
      </td>
      <td data-name="Usual time to resolve">{usual(now?.p50 ?? null, now?.p90 ?? null)}</td>
      <td className={classes.sparkCell}>
        <Spark
          series={{ name: "open", tone: "first", shape: "area", points }}
          time={[window.start, window.end]}
          end={Math.max(1, ...series.map(({ open }) => open))}
        />
      </td>
    </tr>
  );
}

function usual(p50: number | null, p90: number | null): string {
  if (p50 === null) return "no history";
  return p90 === null ? `median ${waitWords(p50)}` : `median ${waitWords(p50)}, 9 in 10 within ${waitWords(p90)}`;
}
