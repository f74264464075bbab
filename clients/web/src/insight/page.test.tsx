import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { browserForTests, goTo, show } from "../decisions/testPage";
import { FeedbackService, type ListOverrideRatesRequest, OverrideGrouping } from "../gen/andon/v1/feedback_service_pb";
import { InsightService } from "../gen/andon/v1/insight_service_pb";
import InsightPage from "./InsightPage";

browserForTests();

const METHODS = [
  "InsightService/ListQueues",
  "InsightService/ListQueueHistory",
  "InsightService/ListReviewerActivity",
  "FeedbackService/ListOverrideRates",
];

function open(methods = METHODS): ListOverrideRatesRequest[] {
  const asked: ListOverrideRatesRequest[] = [];
  goTo("#/insight");
  show(<InsightPage />, methods, ({ service }) => {
    service(FeedbackService, {
      listOverrideRates: (request) => {
        asked.push(request);
        const rate = {
          action: "refund.issue",
          reviews: 3n,
          overrides: 1n,
          rejections: 1n,
          rate: 1 / 3,
          lower: 0.06,
          upper: 0.79,
        };
        return { rates: [request.interval ? { ...rate, startTime: timestampFromMs(Date.now() - 3_600_000) } : rate] };
      },
    });
    service(InsightService, {
      listQueues: () => ({
        queues: [
          { queue: "refunds", waiting: 27n, leased: 5n, p50: durationFromMs(64_000) },
          { queue: "claims", waiting: 6n, oldestCreateTime: timestampFromMs(Date.now() - 54_000) },
        ],
      }),
      listQueueHistory: ({ startTime }) => ({ points: [{ queue: "refunds", startTime, created: 2n, open: 27n }] }),
      listReviewerActivity: () => ({
        activities: [{ reviewer: "ada", reviews: 4n, approvals: 3n, rejections: 1n, overrides: 1n }],
      }),
    });
  });
  return asked;
}

describe("insight", () => {
  it("shows the queues now and over time, with the numbers behind each chart", async () => {
    open();
    const queues = await screen.findByRole("table", { name: "Queues now" });
    expect(within(queues).getByRole("row", { name: /refunds 27 5/ })).toBeTruthy();
    const chart = screen.getByRole("figure", { name: "refunds: open tasks" });
    expect(within(chart).getByRole("img", { name: /2 came, 0 ended/ })).toBeTruthy();
    expect(within(chart).getByText("27", { selector: "td" })).toBeTruthy();
  });

  it("draws the fullest queue, and another where its row is chosen", async () => {
    open();
    await screen.findByRole("figure", { name: "refunds: open tasks" });
    fireEvent.click(screen.getByRole("button", { name: "claims" }));
    expect(screen.getByRole("figure", { name: "claims: wait for a reviewer" })).toBeTruthy();
    expect(screen.queryByRole("figure", { name: "refunds: open tasks" })).toBeNull();
  });

  it("does not say that nobody waited where nobody was served, and names no line that is not there", async () => {
    open();
    await screen.findByRole("figure", { name: "refunds: open tasks" });
    fireEvent.click(screen.getByRole("button", { name: "claims" }));
    const chart = screen.getByRole("figure", { name: "claims: wait for a reviewer" });
    const drawn = within(chart).getByRole("img", { name: /none handed out yet; the oldest waits 5\d s$/ });
    expect(drawn.textContent).not.toContain("–");
  });

  it("says how little few verdicts tell", async () => {
    open();
    const row = await screen.findByRole("row", { name: /refund.issue/ });
    expect(row.textContent).toMatch(/33\u00a0%n = 3: 1 rejected.*6\u00a0% to 79\u00a0%/);
    expect(screen.getByRole("img", { name: /too few verdicts to be sure \(n = 3\)/ })).toBeTruthy();
  });

  it("counts by model version, and over another time, when asked", async () => {
    const asked = open();
    await screen.findByRole("row", { name: /refund.issue/ });
    fireEvent.click(screen.getByRole("radio", { name: "by model version" }));
    fireEvent.click(screen.getByRole("radio", { name: "7 d" }));
    await waitFor(() => expect(window.location.hash).toBe("#/insight?range=7d"));
    await waitFor(() => expect(asked.at(-1)?.grouping).toBe(OverrideGrouping.MODEL));
    await waitFor(() =>
      expect(Number(asked.at(-1)?.interval?.seconds ?? asked.at(-2)?.interval?.seconds)).toBe(43_200),
    );
  });

  it("says plainly what the role does not show, and shows the rest", async () => {
    open(METHODS.slice(0, 3));
    expect(screen.getByText("Override rates: not for your role")).toBeTruthy();
    expect((await screen.findByRole("table", { name: "Reviewers" })).textContent).toMatch(
      /ada4.*3 approved, 1 rejected, 0 corrected.*25\u00a0%/,
    );
  });
});
