import { SegmentedControl } from "@mantine/core";

import { hrefOf, navigate, useRoute } from "../app/route";
import { NotAllowed } from "../decisions/NotAllowed";
import { useKeys } from "../keys";
import { useMay } from "../session";
import classes from "./insight.module.css";
import { Overrides } from "./Overrides";
import { Queues } from "./Queues";
import { Reviewers } from "./Reviewers";
import { isRange, RANGES, type RangeName } from "./range";

const NAMES = Object.keys(RANGES) as RangeName[];

/** How queues stand, how often people override the AI, and how the reviewing goes. Renewed every half minute. */
export default function InsightPage() {
  const { query } = useRoute();
  const asked = query.get("range");
  const range = isRange(asked) ? asked : "24h";
  const choose = (name: string) => {
    const params = new URLSearchParams(query);
    params.set("range", name);
    navigate(hrefOf("insight", "", params), true);
  };
  useKeys(
    "Insight",
    NAMES.map((name, index) => ({
      keys: `${index + 1}`,
      label: `The last ${RANGES[name].label}`,
      run: () => choose(name),
    })),
  );
  const mayQueues = useMay("InsightService/ListQueues");
  const mayRates = useMay("FeedbackService/ListOverrideRates");
  const mayReviewers = useMay("InsightService/ListReviewerActivity");
  return (
    <div className={classes.page}>
      <header className={classes.header}>
        <h1>Insight</h1>
        <SegmentedControl
          aria-label="Time range"
          size="xs"
          transitionDuration={0}
          value={range}
          onChange={choose}
          data={NAMES.map((name) => ({ value: name, label: RANGES[name].label }))}
        />
      </header>
      {mayQueues ? (
        <Queues range={range} />
      ) : (
        <NotAllowed what="Queues" who="reviewers, leads, auditors, policy owners and admins" />
      )}
      {mayRates ? (
        <Overrides range={range} />
      ) : (
        <NotAllowed what="Override rates" who="leads, auditors, policy owners and admins" />
      )}
      {mayReviewers ? (
        <Reviewers range={range} />
      ) : (
        <NotAllowed what="Reviewers’ work" who="reviewers (their own), leads, auditors and admins" />
      )}
    </div>
  );
}
