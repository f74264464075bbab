import { Code, ConnectError } from "@connectrpc/connect";
import { fireEvent, screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { browserForTests, goTo, show } from "../decisions/testPage";
import { Route } from "../gen/andon/v1/decision_pb";
import { DecisionService, type SubmitRequest } from "../gen/andon/v1/decision_service_pb";
import { PolicyService } from "../gen/andon/v1/policy_service_pb";
import { BadRequestSchema } from "../gen/google/rpc/error_details_pb";
import PoliciesPage from "./PoliciesPage";

browserForTests();

const METHODS = ["PolicyService/ListPolicies", "DecisionService/Submit?validate_only", "DecisionService/GetDecision"];
const ANSWER = {
  revision: "ab".repeat(32),
  faults: ["refunds.yaml:3:1: no such key"],
  policies: [
    {
      policy: "refunds",
      actions: ["refund.*"],
      threshold: "0.85",
      thresholdRoute: Route.REVIEW,
      rules: [
        {
          rule: "high",
          when: "decision.attributes.amount > 50.0",
          route: Route.REVIEW,
          reason: "High value",
          skills: ["legal"],
        },
      ],
      source: "policy: refunds\n",
      file: "refunds.yaml",
    },
  ],
};

function open(submit: (request: SubmitRequest) => object, methods = METHODS): void {
  goTo("#/policies");
  show(<PoliciesPage />, methods, ({ service }) => {
    service(PolicyService, { listPolicies: () => ANSWER });
    service(DecisionService, { submit });
  });
}

const input = async () => (await screen.findByRole("textbox", { name: "Decision as JSON" })) as HTMLTextAreaElement;
const tryIt = () => fireEvent.click(screen.getByRole("button", { name: "Try this decision" }));

describe("the policies", () => {
  it("are readable, and what could not be taken is said loudly", async () => {
    open(() => ({}));
    expect((await screen.findByRole("alert")).textContent).toMatch(/An older revision is in force.*no such key/);
    const rules = screen.getByRole("list", { name: "Rules of refunds" });
    expect(within(rules).getByText(/When confidence is below 85 %, it is held for review/)).toBeTruthy();
    expect(rules.textContent).toContain(
      "When decision.attributes.amount > 50.0, it is held for review by somebody skilled in legal.",
    );
  });

  it("try a decision without storing it, and say rule by rule why", async () => {
    const asked: SubmitRequest[] = [];
    open((request) => {
      asked.push(request);
      return {
        decision: { routing: { route: Route.REVIEW, policy: "refunds", reasons: [] } },
        explanation: {
          nearestChange: "auto-approved if amount ≤ 50",
          rules: [
            { rule: "high", matched: true, route: Route.REVIEW, text: "High value" },
            { rule: "odd", route: Route.BLOCK, text: "Odd", error: "no such attribute" },
          ],
        },
      };
    });
    expect((await input()).value).toContain('"action": "refund.example"');
    tryIt();
    expect(await screen.findByText(/held until a person has judged it/)).toBeTruthy();
    expect(asked.map(({ validateOnly, decision }) => [validateOnly, decision?.action])).toEqual([
      [true, "refund.example"],
    ]);
    expect(screen.getByText(/auto-approved if amount ≤ 50/)).toBeTruthy();
    const items = within(screen.getByRole("list", { name: "Rules" })).getAllByRole("listitem");
    expect(items.map((item) => item.textContent)).toEqual([
      expect.stringMatching(/^matched.*High value/),
      expect.stringMatching(/^error.*Odd.*Could not be evaluated.*no such attribute/),
    ]);
  });

  it("name the line of what is wrong, whether this page or the server finds it", async () => {
    open(() => {
      const fieldViolations = [{ field: "decision.attributes.currency", description: "three capital letters" }];
      throw new ConnectError("Invalid.", Code.InvalidArgument, undefined, [
        { desc: BadRequestSchema, value: { fieldViolations } },
      ]);
    });
    fireEvent.change(await input(), { target: { value: '{"action": "a",\n"confidance": 1}' } });
    tryIt();
    expect(await screen.findByText(/no member “confidance”/)).toBeTruthy();
    fireEvent.change(await input(), { target: { value: '{"action": "a",\n"attributes": {\n"currency": "eur"}}' } });
    tryIt();
    expect(await screen.findByText(/decision.attributes.currency: three capital letters/)).toBeTruthy();
    expect(screen.getByRole("button", { name: "Line 3" })).toBeTruthy();
    expect((await input()).getAttribute("aria-invalid")).toBe("true");
  });

  it("say plainly that a role can't try", async () => {
    open(() => ({}), METHODS.slice(0, 1));
    expect(await screen.findByText(/Trying a decision: not for your role/)).toBeTruthy();
  });
});
