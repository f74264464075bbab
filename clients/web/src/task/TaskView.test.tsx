import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import { changeSettings } from "../app/settings";
import { browserForTests, goTo, show } from "../decisions/testPage";
import { DecisionService } from "../gen/andon/v1/decision_service_pb";
import { type ReviewRequest, ReviewService, StreamEventType } from "../gen/andon/v1/review_service_pb";
import { FieldFormat, Priority, type Task, TaskKind, TaskSchema, TaskState, Verdict } from "../gen/andon/v1/task_pb";
import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb";
import { LiveProvider, useStream } from "../live";
import { Tray } from "./desk/Tray";
import TaskView from "./TaskView";

browserForTests();

const NAME = "tasks/01900000-0000-7000-8000-000000000001";
const LONG = "long ".repeat(200);

function leased(irreversible = true): Task {
  return create(TaskSchema, {
    name: NAME,
    kind: TaskKind.GATE,
    priority: Priority.MEDIUM,
    state: TaskState.LEASED,
    queue: "refunds",
    createTime: timestampFromMs(Date.now()),
    lease: {
      holder: "ada",
      token: "token-1",
      epoch: 1,
      duration: durationFromMs(60_000),
      expireTime: timestampFromMs(Date.now() + 60_000),
    },
    presentation: {
      effect: "12.50 EUR are paid out",
      commentRequired: [Verdict.REJECT],
      fields: [
        { path: "prediction.amount", label: "Refund", format: FieldFormat.NUMBER, unit: "EUR", decisive: true },
        { path: "input.photo", format: FieldFormat.IMAGE, upsetting: true },
      ],
    },
    decision: {
      name: "decisions/01900000-0000-7000-8000-000000000001",
      action: "refund.issue",
      confidence: 0.5,
      submitter: "shop",
      payloadHash: "ab".repeat(32),
      input: { letter: LONG, link: "https://example.org/x", photo: "data:image/png;base64,AAAA", evil: "a\u202Eb" },
      prediction: { amount: 12.5, kind: "1" },
      attributes: { irreversible },
      routing: { reasons: [{ rule: "big", text: "It is much money" }] },
    },
  });
}

function Page() {
  useStream();
  return (
    <>
      <TaskView name={NAME} />
      <Tray />
    </>
  );
}

async function open(task = leased(), answer: (request: ReviewRequest) => void = () => {}): Promise<ReviewRequest[]> {
  const sent: ReviewRequest[] = [];
  goTo(`#/${NAME}`);
  const page = (
    <LiveProvider>
      <Page />
    </LiveProvider>
  );
  show(page, ["ReviewService/Review"], ({ service }) => {
    service(DecisionService, { listDecisionEvents: () => ({}) });
    service(ReviewService, {
      stream: async function* (_request, { signal }) {
        yield { type: StreamEventType.LEASED, task };
        yield { type: StreamEventType.SYNCED };
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
      getTask: () => ({ task: { ...task, lease: undefined } }),
      listEarlierDecisions: () => ({}),
      review: (request) => {
        sent.push(request);
        answer(request);
        return {};
      },
    });
  });
  await screen.findByRole("heading", { level: 1, name: "12.50 EUR are paid out" });
  await waitFor(() => expect(button(/^Reject/).disabled).toBe(false));
  // A key that comes at once may still be meant for the task before.
  await new Promise((resolve) => setTimeout(resolve, 450));
  return sent;
}

const button = (name: RegExp) => screen.getByRole<HTMLButtonElement>("button", { name });
const press = (key: string, more = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const comment = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: /^Comment/ });

describe("a task", () => {
  beforeEach(() => {
    localStorage.clear();
    changeSettings({ undoSeconds: 0, blur: true, coverImages: false });
  });

  it("shows what is decided first, and nothing in it can act by itself", async () => {
    await open();
    const article = screen.getByRole("article", { name: "12.50 EUR are paid out" });
    expect(document.activeElement).toBe(screen.getByRole("heading", { level: 1 }));
    expect(within(article).getByText("12.50 EUR")).toBeDefined();
    expect(within(article).getByText(/can't be undone/)).toBeDefined();
    expect(within(article).getByText(/It is much money/)).toBeDefined();
    expect(within(article).getByText("⟨U+202E⟩", { exact: false })).toBeDefined();
    expect(within(article).queryByRole("link")).toBeNull();
    expect(within(article).queryByRole("img")).toBeNull();
  });

  it("is approved only after its long and covered fields were opened, and says what was shown", async () => {
    const sent = await open();
    press("a");
    expect(document.activeElement).toBe(button(/uncover photo/));
    expect(sent).toEqual([]);
    fireEvent.click(button(/of letter/));
    fireEvent.click(button(/uncover/));
    press("a");
    expect(document.activeElement).toBe(button(/^Sharp/));
    expect(sent).toEqual([]);
    fireEvent.click(button(/^Sharp/));
    press("a");
    await waitFor(() => expect(sent.length).toBe(1));
    expect(sent[0]).toMatchObject({
      name: NAME,
      leaseToken: "token-1",
      payloadHash: "ab".repeat(32),
      verdict: Verdict.APPROVE,
      shown: { opened: ["input.photo", "input.letter"], unopened: [] },
    });
    expect(sent[0]?.shown?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(sent[0]?.requestId).toMatch(/^[0-9a-f-]{36}$/);
    await waitFor(() => expect(localStorage.length).toBe(1));
  });

  it("asks for the comment that the policy wants before anything is sent", async () => {
    const sent = await open();
    press("r");
    expect(document.activeElement).toBe(comment());
    fireEvent.change(comment(), { target: { value: "not ours" } });
    press("Enter", { ctrlKey: true });
    await waitFor(() => expect(sent[0]).toMatchObject({ verdict: Verdict.REJECT, comment: "not ours" }));
  });

  it("is corrected in a form that keeps types, with the difference before it is sent", async () => {
    const sent = await open(leased(false));
    press("c");
    // The form is a chunk of its own.
    const amount = await screen.findByRole("textbox", { name: /Refund/ }, { timeout: 20_000 });
    press("Enter", { ctrlKey: true });
    expect(await screen.findByRole("alert")).toHaveProperty("textContent", expect.stringContaining("changes nothing"));
    fireEvent.change(amount, { target: { value: "7" } });
    const change = await screen.findByRole("row", { name: /^Refund/ });
    expect(change.textContent).toBe("Refund12.50\u00a0EUR7\u00a0EUR");
    fireEvent.click(button(/Send the correction/));
    await waitFor(() => expect(sent[0]?.correctedPrediction).toEqual({ amount: 7, kind: "1" }));
  }, 30_000);

  it("is not judged by what was undone", async () => {
    changeSettings({ undoSeconds: 5 });
    const sent = await open(leased(false));
    press("a");
    expect((await screen.findByText("Approved.")).textContent).toBe("Approved.");
    press("u");
    await waitFor(() => expect(screen.queryByText("Approved.")).toBeNull());
    expect(button(/^Approve/).disabled).toBe(false);
    expect(sent).toEqual([]);
  });

  it("tells why the server refused, and keeps what was written", async () => {
    await open(leased(false), () => {
      const info = { desc: ErrorInfoSchema, value: { reason: "PAYLOAD_CHANGED", domain: "andon.dev" } };
      throw new ConnectError("changed", Code.Aborted, undefined, [info]);
    });
    fireEvent.change(comment(), { target: { value: "my thought" } });
    fireEvent.click(button(/^Approve/));
    goTo(`#/${NAME}`);
    const why = await screen.findByRole("alert");
    expect(why.textContent).toContain("The caller has changed this decision");
    expect(comment().value).toBe("my thought");
    expect(button(/^Approve/).disabled).toBe(false);
  });
});
