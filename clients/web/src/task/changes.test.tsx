import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import { changeSettings } from "../app/settings";
import { browserForTests, goTo, show } from "../decisions/testPage";
import { DecisionState, Outcome, ResolutionSchema } from "../gen/andon/v1/decision_pb";
import { DecisionService } from "../gen/andon/v1/decision_service_pb";
import {
  type ReleaseTaskRequest,
  type ReviewRequest,
  ReviewService,
  StreamEventType,
} from "../gen/andon/v1/review_service_pb";
import { QuorumSchema, SeatRole, type Task, TaskKind, TaskSchema, TaskState, Verdict } from "../gen/andon/v1/task_pb";
import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb";
import { LiveProvider, useStream } from "../live";
import { Tray } from "./desk/Tray";
import TaskView from "./TaskView";

browserForTests();

const ID = "01900000-0000-7000-8000-000000000001";
const NAME = `tasks/${ID}`;
const HOUR_MS = 3_600_000;
const METHODS = ["ReviewService/Review", "DecisionService/GetDecision"];

function leased(given: Partial<Task> = {}, amount = 12): Task {
  const task = create(TaskSchema, {
    name: NAME,
    state: TaskState.LEASED,
    queue: "refunds",
    createTime: timestampFromMs(Date.now()),
    expireTime: timestampFromMs(Date.now() + HOUR_MS),
    lease: {
      holder: "ada",
      token: "token-1",
      epoch: 1,
      duration: durationFromMs(60_000),
      expireTime: timestampFromMs(Date.now() + 60_000),
    },
    presentation: { effect: `${amount} EUR are paid out` },
    decision: {
      name: `decisions/${ID}`,
      action: "refund.issue",
      submitter: "shop",
      payloadHash: String(amount).padStart(64, "0"),
      prediction: { amount },
      reasoning: "long ".repeat(300),
    },
  });
  return Object.assign(task, given);
}

/** The same task without its decision's body, as an event tells it. */
function brief(task: Task): Task {
  return { ...task, decision: task.decision && { ...task.decision, prediction: undefined, reasoning: "" } };
}

function refused(reason: string, metadata: Record<string, string> = {}): ConnectError {
  const info = { desc: ErrorInfoSchema, value: { reason, domain: "andon.dev", metadata } };
  return new ConnectError("no", Code.FailedPrecondition, undefined, [info]);
}

/** The server: what it holds, tells and is asked. */
class Server {
  now: Task;
  readonly reviews: ReviewRequest[] = [];
  readonly released: ReleaseTaskRequest[] = [];
  readonly requestIds: string[] = [];
  extended = 0;
  answer: () => MessageInitShape<typeof ReviewService.method.review.output> = () => ({});
  extend: () => { task?: Task } = () => ({});
  #line: Task[] = [];
  #wake = () => {};

  constructor(task: Task) {
    this.now = task;
  }

  tell(task: Task): void {
    this.#line.push(task);
    this.#wake();
  }

  async *stream(signal: AbortSignal) {
    yield { type: StreamEventType.LEASED, task: this.now };
    yield { type: StreamEventType.SYNCED };
    signal.addEventListener("abort", () => this.#wake());
    while (!signal.aborted) {
      const task = this.#line.shift();
      if (task) yield { type: StreamEventType.CHANGED, task };
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
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

async function open(task = leased(), decision = {}): Promise<Server> {
  const server = new Server(task);
  goTo(`#/${NAME}`);
  const page = (
    <LiveProvider>
      <Page />
    </LiveProvider>
  );
  show(page, METHODS, ({ service }) => {
    service(DecisionService, { listDecisionEvents: () => ({}), getDecision: () => ({ decision }) });
    service(ReviewService, {
      stream: (_request, { signal }) => server.stream(signal),
      getTask: () => ({ task: server.now }),
      listEarlierDecisions: () => ({}),
      review: (request) => {
        server.reviews.push(request);
        return server.answer();
      },
      releaseTask: (request) => {
        server.released.push(request);
        return {};
      },
      extendDeadline: ({ requestId }) => {
        server.extended += 1;
        server.requestIds.push(requestId);
        return server.extend();
      },
    });
  });
  await waitFor(() => expect(button(/^Reject/).disabled).toBe(false));
  await pause();
  return server;
}

/** A key that comes at once may still be meant for the task before. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 450));
const button = (name: RegExp) => screen.getByRole<HTMLButtonElement>("button", { name });
const press = (key: string, more = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const comment = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: /^Comment/ });
const headline = (name: string) => screen.findByRole("heading", { level: 1, name });

beforeEach(() => {
  localStorage.clear();
  changeSettings({ undoSeconds: 0 });
});

describe("one verdict of several", () => {
  const expression = "1 of risk and 1 of legal";
  const quorum = create(QuorumSchema, { expression, role: SeatRole.REGULAR, blind: true });

  it("is told before it is given, with whom it is asked of", async () => {
    await open(leased({ quorum, group: "risk", skills: ["german"] }));
    expect(screen.getByText(/^2 verdicts needed .* · yours counts for risk · others' verdicts/)).toBeDefined();
    expect(screen.getByText("risk").previousElementSibling?.textContent).toBe("Group");
    expect(screen.getByText("german").previousElementSibling?.textContent).toBe("Skills");
  });

  it("is not told as the end: it is recorded, and others are waited for", async () => {
    changeSettings({ undoSeconds: 5 });
    const server = await open(leased({ quorum, group: "risk" }));
    server.answer = () => ({ decision: { state: DecisionState.PENDING } });
    press("a");
    expect(await screen.findByText("You approve.")).toBeDefined();
    fireEvent.click(button(/^Send now/));
    const tray = await screen.findByRole("region", { name: "Verdicts on their way" });
    expect(await within(tray).findByText("Your approval is recorded; waiting for others.")).toBeDefined();
    expect(screen.getByRole("status", { name: "Verdict results" }).textContent).toMatch(/waiting for others/);
    expect(screen.queryByText(/Approved/)).toBeNull();
    expect(server.reviews[0]?.verdict).toBe(Verdict.APPROVE);
  });

  it("that ends the decision says no more than others", async () => {
    const server = await open(leased({ quorum }));
    server.answer = () => ({ decision: { state: DecisionState.RESOLVED } });
    press("a");
    await waitFor(() => expect(screen.getByRole("status", { name: "Verdict results" }).textContent).toMatch(/^Sent\./));
    expect(screen.queryByText(/waiting for others/)).toBeNull();
  });
});

describe("more time", () => {
  const extension = durationFromMs(2 * HOUR_MS);

  it("is asked for by a key, and moves the deadline that is shown", async () => {
    const server = await open(leased({ extension }));
    server.extend = () => {
      const { decision: _, ...bare } = server.now;
      return { task: { ...bare, expireTime: timestampFromMs(Date.now() + 3 * HOUR_MS), extensions: 1 } as Task };
    };
    expect(screen.getByText(/^due in (1 h 00 min|59 min \d)/)).toBeDefined();
    expect(button(/^More time: \+2 h$/).getAttribute("aria-keyshortcuts")).toBe("t");
    press("t");
    press("t");
    expect(await screen.findByText(/^More time: due .* now\.$/)).toBeDefined();
    expect(await screen.findByText(/^due in (3 h 00|2 h 59) min$/)).toBeDefined();
    expect(server.extended).toBe(1);
    expect(screen.getByRole("heading", { level: 1 }).textContent).toContain("12 EUR");
  });

  it("that is refused says why", async () => {
    const server = await open(leased({ extension }));
    server.extend = () => {
      throw refused("NO_MORE_TIME", { why: "all of it is given" });
    };
    fireEvent.click(button(/^More time/));
    expect(await screen.findByText("No more time is given: all of it is given.")).toBeDefined();
  });

  it("is asked for under the same id until there is an answer", async () => {
    const server = await open(leased({ extension }));
    server.extend = () => {
      throw new ConnectError("gone", Code.Unavailable);
    };
    press("t");
    await waitFor(() => expect(server.extended).toBe(1));
    await pause();
    server.extend = () => ({});
    press("t");
    expect(await screen.findByText("More time is given.")).toBeDefined();
    press("t");
    await waitFor(() => expect(server.extended).toBe(3));
    const [first, second, third] = server.requestIds;
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it("is not offered where the policy gives none", async () => {
    const server = await open();
    expect(screen.queryByRole("button", { name: /^More time/ })).toBeNull();
    press("t");
    expect(server.extended).toBe(0);
  });
});

it("a task that is skipped is passed on, and its draft is forgotten", async () => {
  const server = await open();
  fireEvent.change(comment(), { target: { value: "not for me" } });
  fireEvent.click(button(/^Skip/));
  await waitFor(() => expect(server.released).toHaveLength(1));
  const drafts = () => Object.keys(localStorage).filter((key) => key.includes("draft"));
  await waitFor(() => expect(drafts()).toEqual([]));
  await pause(); // what was written last would be kept by now, were it not kept as the skip was sent
  expect(drafts()).toEqual([]);
});

it("an appeal says who contests what, and why", async () => {
  const task = leased({ kind: TaskKind.APPEAL, level: 1, note: "He has paid it back." });
  const resolution = create(ResolutionSchema, { outcome: Outcome.REJECTED, resolvedBy: "bob", comment: "Too much" });
  Object.assign(task.decision ?? {}, { state: DecisionState.RESOLVED, resolution });
  await open(task, { appeals: [{ level: 1, appellant: "carol" }] });
  const appeal = screen.getByRole("region", { name: "Appeal, level 1" });
  expect(await within(appeal).findByText("Appeal, level 1: contested by carol")).toBeDefined();
  expect(within(appeal).getByText("He has paid it back.")).toBeDefined();
  expect(within(appeal).getByText("How it had ended: bob rejected it.")).toBeDefined();
  expect(within(appeal).getByText("Too much")).toBeDefined();
});

describe("a decision that its caller changes under the reviewer's eyes", () => {
  it("is shown anew, and judged only once it was read again; the comment and the focus stay", async () => {
    const server = await open();
    fireEvent.click(button(/of Reasoning$/));
    comment().focus();
    fireEvent.change(comment(), { target: { value: "hm" } });
    server.now = leased({}, 99);
    server.tell(brief(server.now));
    await headline("99 EUR are paid out");
    expect(screen.getByRole("alert").textContent).toMatch(/The caller has changed this decision; read it again/);
    expect(comment().value).toBe("hm");
    expect(document.activeElement).toBe(comment());
    expect(button(/of Reasoning$/)).toBeDefined();
    comment().blur();
    await pause();
    press("a");
    expect(button(/^Approve/).disabled).toBe(true);
    fireEvent.click(button(/^I have read it/));
    expect(document.activeElement).toBe(screen.getByRole("heading", { level: 1 }));
    expect(screen.queryByRole("alert")).toBeNull();
    await pause();
    press("a");
    await waitFor(() => expect(server.reviews).toHaveLength(1));
    expect(server.reviews[0]).toMatchObject({ payloadHash: "99".padStart(64, "0"), comment: "hm" });
  });

  it("is corrected from the beginning", async () => {
    const server = await open();
    press("c");
    await screen.findByRole("heading", { name: "Your correction" });
    server.now = leased({}, 99);
    server.tell(brief(server.now));
    await headline("99 EUR are paid out");
    expect(screen.queryByRole("heading", { name: "Your correction" })).toBeNull();
  });

  it("is read anew, too, where the server refuses a verdict on what it was", async () => {
    const server = await open();
    server.answer = () => {
      server.now = leased({}, 99);
      throw refused("PAYLOAD_CHANGED");
    };
    press("r");
    fireEvent.change(comment(), { target: { value: "too much" } });
    fireEvent.click(button(/^Reject/));
    goTo(`#/${NAME}`);
    await headline("99 EUR are paid out");
    expect(screen.getByRole("alert").textContent).toMatch(/has changed this decision; read it again/);
    expect(comment().value).toBe("too much");
    fireEvent.click(button(/^I have read it/));
    expect(screen.queryByRole("alert")).toBeNull();
    expect(button(/^Approve/).disabled).toBe(false);
  });
});

it("an approval that stricter policies do not let count is told so", async () => {
  const server = await open();
  server.answer = () => {
    throw refused("POLICY_STRICTER", { rule: "big", route: "BLOCK" });
  };
  press("a");
  goTo(`#/${NAME}`);
  const why = await screen.findByRole("alert");
  expect(why.textContent).toMatch(/stricter now \(rule big\): your verdict does not count/);
});
