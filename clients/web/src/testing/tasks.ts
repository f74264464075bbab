import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Route } from "../gen/andon/v1/decision_pb";
import { LeaseSchema, type Task, TaskKind, TaskSchema, TaskState } from "../gen/andon/v1/task_pb";

/** When the made-up tasks were made: a fixed moment, in milliseconds. */
const EPOCH = Date.UTC(2026, 7, 1, 12);

/** A made-up task that waits, with its number in its name; what is given stands instead. */
export function fakeTask(number: number, given: Partial<Task> = {}, now = EPOCH): Task {
  const id = `01900000-0000-7000-8000-${String(number).padStart(12, "0")}`;
  const task = create(TaskSchema, {
    name: `tasks/${id}`,
    kind: TaskKind.GATE,
    state: TaskState.WAITING,
    queue: number % 3 ? "credit" : "refunds",
    priority: 2,
    urgency: 10 + (number % 17),
    createTime: timestampFromMs(now - (number % 900) * 1000),
    expireTime: timestampFromMs(now + 30_000 + (number % 3600) * 1000),
    decision: {
      name: `decisions/${id}`,
      action: number % 3 ? "credit.decide" : "refund.issue",
      confidence: 0.5 + (number % 50) / 100,
      reasoning: "A term of 48 months speaks against (−1.0); no checking account speaks for (+0.6).",
      input: { age: 34, purpose: "car", "duration in months": 48 },
      prediction: { decision: "grant", limit: 1500 + number },
      model: { name: "credit-risk", version: "2026-08-01" },
      attributes: { amount: 1500 + number * 10, currency: "EUR", subject: `customers/${4700 + number}` },
      payloadHash: String(number).padStart(64, "0"),
      submitter: "loans",
      createTime: timestampFromMs(now - (number % 900) * 1000),
      routing: {
        route: Route.REVIEW,
        policy: "credit",
        policyRevision: "9c1185a5c5e9fc54612808977ee8f548b2258d31",
        reviewPropensity: 1,
        reasons: [{ rule: "confidence", text: "The model is less sure than 85 per cent", route: Route.REVIEW }],
      },
    },
  });
  return Object.assign(task, given);
}

/** The same task, leased to somebody until a minute from `now`. */
export function leasedTo(task: Task, holder: string, token = "token", now = EPOCH): Task {
  const expireTime = timestampFromMs(now + 60_000);
  const lease = create(LeaseSchema, { holder, token, expireTime, epoch: 1, duration: durationFromMs(60_000) });
  return { ...task, state: TaskState.LEASED, lease };
}
