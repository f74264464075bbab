import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ReleaseReason } from "../../gen/andon/v1/review_service_pb";
import type { Task } from "../../gen/andon/v1/task_pb";
import type { LiveStore } from "../../live";
import { fakeTask, leasedTo } from "../../testing/tasks";
import { type Desk, makeDesk } from "./desk";
import { REST_AFTER_MS } from "./keeper";

const ME = "ada@example.com";

let mine: Task[];
let sign: () => void;
const live = { rest: vi.fn(), leave: vi.fn() };
const reviews = { renewLease: vi.fn(), releaseTask: vi.fn() };
let desk: Desk;
let end: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  vi.clearAllMocks();
  localStorage.clear();
  reviews.renewLease.mockImplementation(() => new Promise(() => {}));
  reviews.releaseTask.mockImplementation(() => Promise.reject(new Error("no answer")));
  mine = [1, 2].map((number) => leasedTo(fakeTask(number, {}, Date.now()), ME, `token-${number}`, Date.now()));
  const store = {
    ...live,
    state: () => ({ mine }),
    subscribe: () => () => {},
    onEvent: () => () => {},
    onSign: (listener: () => void) => {
      sign = listener;
      return () => {};
    },
  };
  const api = { reviews } as unknown as Parameters<typeof makeDesk>[0];
  desk = makeDesk(api, ME, store as unknown as LiveStore);
  end = desk.open();
});

afterEach(() => {
  end();
  vi.useRealTimers();
});

const released = () =>
  reviews.releaseTask.mock.calls.map(([request]) => [request.name, request.leaseToken, request.reason]);

it("renews at a sign of life from the server where timers come late, as in a hidden tab", () => {
  vi.setSystemTime(Date.now() + 25_000);
  expect(reviews.renewLease).not.toHaveBeenCalled();
  sign();
  expect(reviews.renewLease).toHaveBeenCalledTimes(2);
});

it.each([[2], [0]])("takes no task for who is away, and takes tasks again at the next input: %i were held", (held) => {
  mine = mine.slice(0, held);
  end();
  end = desk.open();
  vi.advanceTimersByTime(REST_AFTER_MS - 2_000);
  expect(live.rest).not.toHaveBeenCalled();
  vi.advanceTimersByTime(3_000);
  expect(live.rest.mock.calls).toEqual([[true]]);
  window.dispatchEvent(new KeyboardEvent("keydown", { key: "Shift" }));
  expect(live.rest.mock.calls).toEqual([[true], [false]]);
});

it("gives back what is held when somebody signs out, but not what is judged and on its way", () => {
  const [first, second] = mine;
  const shown = { digest: "00", opened: [], unopened: [], viewMs: 1 };
  const given = { payloadHash: "00", leaseToken: "token-1", verdict: "approve", comment: "", title: "" } as const;
  const review = vi.fn(() => new Promise(() => {}));
  Object.assign(reviews, { review });
  desk.outbox.add({ ...given, id: "id", task: first?.name ?? "", shown }, 5_000);
  desk.clear();
  expect(live.leave).toHaveBeenCalledOnce();
  expect(review).toHaveBeenCalledOnce();
  expect(released()).toEqual([[second?.name, "token-2", ReleaseReason.AWAY]]);
});
