import { useApi } from "../api";
import { useLoaded } from "../decisions/useLoaded";
import { serverClock } from "../live/clock";
import { Empty } from "../ui";
import { Part } from "./Part";
import { span } from "./Queues";
import { ReviewerTable } from "./ReviewerTable";
import { type RangeName, type Window, windowOf } from "./range";
import { REFRESH } from "./refresh";
import { type Reviewer, toReviewers } from "./reviewers";

interface Data {
  readonly reviewers: readonly Reviewer[];
  readonly window: Window;
}

/** Who has judged how much, and how. */
export function Reviewers({ range }: { readonly range: RangeName }) {
  const { insight } = useApi();

  async function read(signal: AbortSignal): Promise<Data> {
    const window = windowOf(range, serverClock.now());
    const { startTime, endTime, interval } = span(window);
    const [totals, points] = await Promise.all([
      insight.listReviewerActivity({ startTime, endTime }, { signal }),
      insight.listReviewerActivity({ startTime, endTime, interval }, { signal }),
    ]);
    return { reviewers: toReviewers(totals.activities, points.activities), window };
  }

  const loaded = useLoaded(range, read, () => REFRESH);
  return (
    <Part title="Reviewers" loaded={loaded}>
      {({ reviewers, window }) =>
        reviewers.length === 0 ? (
          <Empty title="Nobody has judged anything in this time" />
        ) : (
          <ReviewerTable reviewers={reviewers} window={window} />
        )
      }
    </Part>
  );
}
