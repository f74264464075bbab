import { create, type JsonObject } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import {
  AppealSchema,
  type Decision,
  DecisionSchema,
  DecisionState,
  Outcome,
  ResolutionSchema,
  Route,
} from "../gen/andon/v1/decision_pb";
import {
  type AppealDecisionRequest,
  DecisionEventType,
  DecisionService,
  type ListDecisionsRequest,
} from "../gen/andon/v1/decision_service_pb";
import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb";
import DecisionPage from "./DecisionPage";
import DecisionsPage from "./DecisionsPage";
import { browserForTests, goTo, show } from "./testPage";

browserForTests();

const LIST = ["DecisionService/ListDecisions"];

function decision(number: number): Decision {
  return create(DecisionSchema, {
    name: `decisions/00000000-0000-7000-8000-${String(number).padStart(12, "0")}`,
    action: `refund.issue${number}`,
    confidence: 0.62,
    submitter: "shop",
    state: DecisionState.RESOLVED,
    createTime: timestampFromMs(Date.UTC(2026, 10, 22, 8, number)),
    prediction: { amount: 40 },
    attributes: { subject: "customers/4711", amount: 40, currency: "EUR" },
    routing: {
      route: Route.REVIEW,
      threshold: 0.85,
      reviewPropensity: 1,
      policy: "refunds",
      reasons: [{ rule: "confidence", text: "Not sure enough", route: Route.REVIEW }],
    },
    resolution: {
      outcome: Outcome.CORRECTED,
      resolvedBy: "bob",
      correctedPrediction: { amount: 20 },
      resolveTime: timestampFromMs(Date.UTC(2026, 10, 22, 8, number, 30)),
    },
  });
}

describe("the list of decisions", () => {
  it("asks for what the address says, and goes on over empty pages", async () => {
    const asked: ListDecisionsRequest[] = [];
    goTo("#/decisions?q=broken&outcome=corrected");
    show(<DecisionsPage />, LIST, ({ service }) =>
      service(DecisionService, {
        listDecisions: (request) => {
          asked.push(request);
          return request.pageToken === "" ? { nextPageToken: "more" } : { decisions: [decision(1)] };
        },
      }),
    );
    expect(await screen.findByRole("link", { name: "refund.issue1" })).toBeTruthy();
    expect(asked.map(({ pageToken, filter }) => [pageToken, filter?.text, filter?.outcome])).toEqual([
      ["", "broken", Outcome.CORRECTED],
      ["more", "broken", Outcome.CORRECTED],
    ]);
    const row = screen.getByRole("row", { name: /refund.issue1/ });
    expect(row.textContent).toMatch(/40\sEUR.*62\s% of 85\s%Not sure enough/);
    expect(screen.getByRole("status").textContent).toMatch(/1 decision; that is all/);
    expect(screen.getByRole("button", { name: "Remove filter: Corrected" })).toBeTruthy();
  });

  it("is walked and opened by the keyboard", async () => {
    goTo("#/decisions");
    show(<DecisionsPage />, LIST, ({ service }) =>
      service(DecisionService, { listDecisions: () => ({ decisions: [decision(2), decision(1)] }) }),
    );
    await screen.findByText("2 decisions; that is all");
    const second = screen.getByRole("link", { name: "refund.issue1" });
    fireEvent.keyDown(document.body, { key: "j" });
    fireEvent.keyDown(document.body, { key: "j" });
    await waitFor(() => expect(document.activeElement).toBe(second));
    fireEvent.keyDown(document.body, { key: "k" });
    fireEvent.keyDown(document.body, { key: "Enter" });
    await waitFor(() => expect(window.location.hash).toBe(`#/${decision(2).name}`));
    fireEvent.keyDown(document.body, { key: "/" });
    expect(document.activeElement).toBe(screen.getByRole("searchbox", { name: "Search decisions" }));
  });

  it("takes a filter away, in the address as well", async () => {
    goTo("#/decisions?rule=confidence&since=7d");
    show(<DecisionsPage />, LIST, ({ service }) => service(DecisionService, { listDecisions: () => ({}) }));
    fireEvent.click(screen.getByRole("button", { name: "Remove filter: rule confidence" }));
    await waitFor(() => expect(window.location.hash).toBe("#/decisions?since=7d"));
    expect(await screen.findByText("No decision matches")).toBeTruthy();
  });

  it("sends nothing that the server would refuse, and says why", () => {
    goTo("#/decisions?action=REFUND");
    show(<DecisionsPage />, LIST, ({ service }) => service(DecisionService, {}));
    fireEvent.click(screen.getByRole("button", { name: "Filters (1)" }));
    expect(screen.getByRole("textbox", { name: "Action" }).getAttribute("aria-invalid")).toBe("true");
    expect(screen.queryByRole("status")).toBeNull();
  });
});

const SUBMITTED: JsonObject = { route: "REVIEW" };
const REVIEWED: JsonObject = { verdict: "CORRECT", outcome: "CORRECTED" };

describe("one decision", () => {
  it("tells its story: what was proposed, why it was held, what people did", async () => {
    show(
      <DecisionPage name={decision(1).name} />,
      ["DecisionService/GetDecision", "DecisionService/Submit?validate_only", "PolicyService/ListPolicies"],
      ({ service }) =>
        service(DecisionService, {
          getDecision: () => ({ decision: decision(1) }),
          listDecisionEvents: () => ({
            events: [
              { type: DecisionEventType.SUBMITTED, actor: "shop", details: SUBMITTED },
              { type: DecisionEventType.REVIEWED, actor: "bob", details: REVIEWED },
            ],
          }),
        }),
    );
    expect(await screen.findByRole("heading", { level: 1, name: /refund.issue1/ })).toBeTruthy();
    expect(screen.getByText(/bob corrected it, 30 s after it was submitted/)).toBeTruthy();
    const changes = screen.getByRole("table", { name: "Changed fields" });
    expect(within(changes).getByRole("row", { name: "amount 40 20" })).toBeTruthy();
    expect(within(screen.getByRole("list", { name: "Reasons" })).getByText("Not sure enough")).toBeTruthy();
    expect(screen.getByText(/62 %, below the threshold of 85 %/)).toBeTruthy();
    expect(within(screen.getByRole("list", { name: "Timeline" })).getAllByRole("listitem")).toHaveLength(2);
    expect(screen.getByRole("link", { name: /today’s policy/ }).getAttribute("href")).toMatch(
      /^#\/policies\?try=0{8}-/,
    );
  });
});

describe("what became of a decision", () => {
  const METHODS = ["DecisionService/GetDecision", "DecisionService/AppealDecision", "ReviewService/Review"];
  const other = "decisions/00000000-0000-7000-8000-000000000009";

  function open(given: Partial<Decision>, appeal: (request: AppealDecisionRequest) => void = () => {}): void {
    show(<DecisionPage name={decision(1).name} />, METHODS, ({ service }) =>
      service(DecisionService, {
        getDecision: () => ({ decision: { ...decision(1), ...given } }),
        listDecisionEvents: () => ({}),
        appealDecision: (request) => {
          appeal(request);
          return {};
        },
      }),
    );
  }

  it("is told with what it took the place of, and how often it was changed", async () => {
    open({ supersedes: other, supersededBy: decision(2).name, amendments: 2 });
    expect(await screen.findByText(/changed it twice while it waited/)).toBeTruthy();
    const links = screen.getAllByRole("link", { name: /^00000000-/ }).map((link) => link.getAttribute("href"));
    expect(links).toEqual([`#/${other}`, `#/${decision(2).name}`]);
  });

  it("is told appeal by appeal; none is opened while one is open", async () => {
    const ended = create(ResolutionSchema, { outcome: Outcome.APPROVED, resolvedBy: "carol", comment: "It is fine" });
    const first = create(AppealSchema, { level: 1, appellant: "shop", comment: "Look again", resolution: ended });
    const second = create(AppealSchema, { level: 2, appellant: "shop", comment: "No", task: "tasks/1" });
    open({ appeals: [first, second] });
    const told = await screen.findByRole("article", { name: "Appeal, level 1" });
    expect(told.textContent).toMatch(/shop contested it.*Look again.*carol approved it.*It is fine/);
    const waits = within(screen.getByRole("article", { name: "Appeal, level 2" }));
    expect(waits.getByText(/waits for somebody else/)).toBeTruthy();
    expect(waits.getByRole("link", { name: "Go to the task" }).getAttribute("href")).toBe("#/tasks/1");
    expect(screen.queryByRole("button", { name: "Appeal" })).toBeNull();
  });

  it("is contested with a comment alone, and says why where it can't be", async () => {
    const asked: AppealDecisionRequest[] = [];
    open({}, (request) => {
      asked.push(request);
      const info = { desc: ErrorInfoSchema, value: { reason: "NOT_APPEALABLE", metadata: { why: "it is too late" } } };
      if (asked.length === 1) throw new ConnectError("no", Code.FailedPrecondition, undefined, [info]);
    });
    fireEvent.click(await screen.findByRole("button", { name: "Appeal" }));
    const dialog = within(await screen.findByRole("dialog", { name: "Appeal" }));
    const send = dialog.getByRole<HTMLButtonElement>("button", { name: /^Appeal/ });
    expect(send.disabled).toBe(true);
    fireEvent.change(dialog.getByRole("textbox"), { target: { value: " He repaid " } });
    fireEvent.click(send);
    expect(await dialog.findByText("It can't be appealed: it is too late.")).toBeTruthy();
    fireEvent.click(send);
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(asked.map(({ name, comment }) => [name, comment])).toEqual(Array(2).fill([decision(1).name, "He repaid"]));
    expect(new Set(asked.map(({ requestId }) => requestId)).size).toBe(1);
  });

  it("is not for others to contest", async () => {
    open({ state: DecisionState.PENDING });
    await screen.findByText("Still open");
    expect(screen.queryByRole("button", { name: "Appeal" })).toBeNull();
  });
});
