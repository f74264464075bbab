import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import { useRoute } from "../app/route";
import { changeSettings } from "../app/settings";
import { browserForTests, goTo, show } from "../decisions/testPage";
import { DecisionService } from "../gen/andon/v1/decision_service_pb";
import { ReviewService, StreamEventType } from "../gen/andon/v1/review_service_pb";
import { type Task, TaskSchema, TaskState, Verdict } from "../gen/andon/v1/task_pb";
import { LiveProvider, useStream } from "../live";
import { Tray } from "./desk/Tray";
import TaskView from "./TaskView";

browserForTests();

const WORDS = "as a scarce case";

function leased(number: number): Task {
  const id = `01900000-0000-7000-8000-00000000000${number}`;
  return create(TaskSchema, {
    name: `tasks/${id}`,
    state: TaskState.LEASED,
    queue: "refunds",
    createTime: timestampFromMs(Date.now()),
    lease: {
      holder: "ada",
      token: `token-${number}`,
      epoch: 1,
      duration: durationFromMs(60_000),
      expireTime: timestampFromMs(Date.now() + 60_000),
    },
    presentation: { effect: `Effect ${number}`, commentRequired: [Verdict.REJECT] },
    decision: { name: `decisions/${id}`, payloadHash: `0${number}`.repeat(32), prediction: { amount: number } },
  });
}

function Page() {
  useStream();
  const { page, id } = useRoute();
  return (
    <>
      {page === "tasks" && <TaskView name={`tasks/${id}`} />}
      <Tray />
    </>
  );
}

const page = (
  <LiveProvider>
    <Page />
  </LiveProvider>
);

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const shown = (number: number) => screen.findByRole("heading", { level: 1, name: `Effect ${number}` });
const slips = () => screen.queryAllByRole("listitem").filter((item) => item.dataset.state !== undefined);
const comment = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: /^Comment/ });

function strike(key: string): void {
  const target = document.activeElement ?? document.body;
  const goesIn = fireEvent.keyDown(target, { key });
  if (goesIn && target instanceof HTMLTextAreaElement)
    fireEvent.change(target, { target: { value: target.value + key } });
}

async function type(words: string, gap = 80): Promise<void> {
  for (const key of words) {
    strike(key);
    await pause(gap);
  }
}

describe("typing ahead", () => {
  beforeEach(async () => {
    localStorage.clear();
    changeSettings({ undoSeconds: 10 });
    const tasks = [leased(1), leased(2)];
    goTo(`#/${tasks[0]?.name}`);
    show(page, ["ReviewService/Review"], ({ service }) => {
      service(DecisionService, { listDecisionEvents: () => ({}) });
      service(ReviewService, {
        stream: async function* (_request, { signal }) {
          for (const task of tasks) yield { type: StreamEventType.LEASED, task };
          yield { type: StreamEventType.SYNCED };
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
        },
        listEarlierDecisions: () => ({}),
      });
    });
    await shown(1);
    await waitFor(() =>
      expect(screen.getByRole<HTMLButtonElement>("button", { name: /^Approve/ }).disabled).toBe(false),
    );
    await pause(450);
    strike("a");
    await shown(2);
  });

  it("into the comment by an early key is a comment, and the verdict still has to be confirmed", async () => {
    await pause(100);
    await type(`r${WORDS}`);
    expect(comment().value).toBe(WORDS);
    expect(slips()).toHaveLength(1);
    fireEvent.keyDown(comment(), { key: "Enter", ctrlKey: true });
    await waitFor(() => expect(slips()).toHaveLength(2));
    expect(slips()[1]?.textContent).toContain("Rejected");
  });

  it("with no field open decides nothing", async () => {
    await type("as a sad ass");
    expect(slips()).toHaveLength(1);
    await pause(450);
    strike("a");
    await waitFor(() => expect(slips()).toHaveLength(2));
  });

  it("a release is held, and taken back with what was written", async () => {
    await type(`m${WORDS}`);
    fireEvent.keyDown(comment(), { key: "Escape" });
    await pause(450);
    strike("s");
    await waitFor(() => expect(slips()).toHaveLength(2));
    expect(slips().map((item) => item.textContent?.includes("Undo (U)"))).toEqual([false, true]);
    strike("u");
    await shown(2);
    expect(comment().value).toBe(WORDS);
    expect(slips()).toHaveLength(1);
  });
});
