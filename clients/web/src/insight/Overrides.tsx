import { SegmentedControl } from "@mantine/core";
import { useState } from "react";

import { useApi } from "../api";
import { useLoaded } from "../decisions/useLoaded";
import { OverrideGrouping } from "../gen/andon/v1/feedback_service_pb";
import { serverClock } from "../live/clock";
import { Empty } from "../ui";
import classes from "./insight.module.css";
import { Part } from "./Part";
import { span } from "./Queues";
import { RateChart } from "./RateChart";
import { RateTable } from "./RateTable";
import { type RangeName, type Window, windowOf } from "./range";
import { type Group, toGroups } from "./rates";
import { REFRESH } from "./refresh";

interface Data {
  readonly groups: readonly Group[];
  readonly window: Window;
}

const GROUPINGS = [
  { value: `${OverrideGrouping.ACTION}`, label: "by action" },
  { value: `${OverrideGrouping.RULE}`, label: "by rule" },
  { value: `${OverrideGrouping.MODEL}`, label: "by model version" },
];

/** How often people override the AI, by action, rule or model version; with how sure one can be of it. */
export function Overrides({ range }: { readonly range: RangeName }) {
  const { feedback } = useApi();
  const [grouping, setGrouping] = useState(OverrideGrouping.ACTION);
  const [chosen, choose] = useState("");

  async function read(signal: AbortSignal): Promise<Data> {
    const window = windowOf(range, serverClock.now(), "rateInterval");
    const { startTime, endTime, interval } = span(window);
    const [totals, points] = await Promise.all([
      feedback.listOverrideRates({ grouping, startTime, endTime }, { signal }),
      feedback.listOverrideRates({ grouping, startTime, endTime, interval }, { signal }),
    ]);
    return { groups: toGroups(totals.rates, points.rates), window };
  }

  const loaded = useLoaded(`${range} ${grouping}`, read, () => REFRESH);
  const control = (
    <SegmentedControl
      aria-label="Count override rates"
      size="xs"
      transitionDuration={0}
      value={`${grouping}`}
      onChange={(value) => setGrouping(Number(value))}
      data={GROUPINGS}
    />
  );
  return (
    <Part title="Override rate" loaded={loaded} aside={control}>
      {({ groups, window }) => {
        const shown = groups.find(({ key }) => key === chosen) ?? groups[0];
        if (shown === undefined)
          return <Empty title="No verdicts in this time">Deadlines and withdrawals are not verdicts.</Empty>;
        return (
          <div className={classes.rates}>
            <RateTable groups={groups} window={window} chosen={shown.key} onChoose={choose} />
            <RateChart group={shown} window={window} />
          </div>
        );
      }}
    </Part>
  );
}
