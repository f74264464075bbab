import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createRouterTransport, type Transport } from "@connectrpc/connect";
import { DecisionState } from "../gen/andon/v1/decision_pb";
import {
  ReviewService,
  StreamEventType,
  StreamMode,
  type StreamResponse,
  StreamResponseSchema,
} from "../gen/andon/v1/review_service_pb";
import { SessionService } from "../gen/andon/v1/session_service_pb";
import { QuorumSchema, SeatRole, type Task, TaskKind, TaskState } from "../gen/andon/v1/task_pb";
import { fakeTask, leasedTo } from "./tasks";

interface Options {
  readonly waiting: number;
  readonly principal?: string;
}

const METHODS = [
  "Stream",
  "Review",
  "RenewLease",
  "ReleaseTask",
  "EscalateTask",
  "ExtendDeadline",
  "SetAvailability",
  "GetTask",
  "ListTasks",
];
const STEP_MS = 7_200_000;

/** Some tasks are one of several people's, some may have more time, and some are appeals. */
function variety(number: number): Partial<Task> {
  const expression = "1 of risk and 1 of legal";
  const quorum = create(QuorumSchema, { expression, role: SeatRole.REGULAR, veto: ["legal"], blind: true });
  return {
    ...(number % 2 && { quorum, group: "risk", skills: ["german"] }),
    ...(number % 3 && { extension: durationFromMs(STEP_MS) }),
    ...(number % 4 === 0 && { kind: TaskKind.APPEAL, level: 1, note: "The customer has repaid twice." }),
  };
}

/** Andon's review service in memory, for tests and for work on the page without a server. */
export function createFakeServer({ waiting, principal = "ada@example.com" }: Options) {
  const tasks = new Map<string, Task>();
  const streams = new Set<(message: StreamResponse) => void>();
  for (let number = 1; number <= waiting; number += 1) put(fakeTask(number, variety(number), Date.now()));

  function put(task: Task): void {
    tasks.set(task.name, task);
  }

  function tell(type: StreamEventType, task?: Task): void {
    for (const send of streams) send(create(StreamResponseSchema, { type, task }));
  }

  function settle(name: string, change: (task: Task) => Task): Task {
    const task = tasks.get(name);
    if (!task) throw new ConnectError("No such task.", Code.NotFound);
    const changed = change(task);
    put(changed);
    tell(changed.state === TaskState.WAITING ? StreamEventType.CHANGED : StreamEventType.REMOVED, changed);
    lend();
    return changed;
  }

  let credits = 0;
  function lend(): void {
    const mine = [...tasks.values()].filter((task) => task.state === TaskState.LEASED).length;
    const free = [...tasks.values()].filter((task) => task.state === TaskState.WAITING);
    for (const task of free.sort((one, other) => other.urgency - one.urgency).slice(0, Math.max(0, credits - mine))) {
      const leased = leasedTo(task, principal, task.name, Date.now());
      put(leased);
      tell(StreamEventType.LEASED, leased);
    }
  }

  async function* stream(mode: StreamMode, wanted: number, signal: AbortSignal): AsyncGenerator<StreamResponse> {
    const line: StreamResponse[] = [];
    let wake = () => {};
    const send = (message: StreamResponse) => {
      line.push(message);
      wake();
    };
    signal.addEventListener("abort", () => wake());
    for (const task of tasks.values()) {
      const type = task.state === TaskState.LEASED ? StreamEventType.LEASED : StreamEventType.CHANGED;
      if (task.state <= TaskState.LEASED) yield create(StreamResponseSchema, { type, task });
    }
    yield create(StreamResponseSchema, { type: StreamEventType.SYNCED });
    streams.add(send);
    credits = mode === StreamMode.WATCH ? 0 : wanted || 1;
    lend();
    try {
      while (!signal.aborted) {
        const message = line.shift();
        if (message) yield message;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      streams.delete(send);
    }
  }

  const transport = createRouterTransport(({ service }) => {
    service(SessionService, {
      getSession: (_request, context) => {
        if (context.requestHeader.get("authorization") === "Bearer wrong") {
          throw new ConnectError("The token is unknown.", Code.Unauthenticated);
        }
        const methods = METHODS.map((method) => `/andon.v1.ReviewService/${method}`);
        const leaseDuration = durationFromMs(60_000);
        return {
          session: { principal, roles: ["reviewer"], queues: ["*"], methods, leaseDuration, serverVersion: "0" },
        };
      },
    });
    service(ReviewService, {
      stream: (request, context) => stream(request.mode, request.credits, context.signal),
      getTask: ({ name }) => {
        const task = tasks.get(name);
        if (!task) throw new ConnectError("No such task.", Code.NotFound);
        return { task };
      },
      listTasks: () => ({ tasks: [...tasks.values()].slice(0, 50) }),
      listEarlierDecisions: () => ({}),
      renewLease: ({ name }) => {
        const lease = tasks.get(name)?.lease;
        if (!lease) throw new ConnectError("The lease has lapsed.", Code.Aborted);
        return { lease: { ...lease, expireTime: timestampFromMs(Date.now() + 60_000) } };
      },
      review: ({ name, verdict, comment }) => {
        const task = settle(name, (before) => ({ ...before, state: TaskState.REVIEWED, lease: undefined }));
        const state = task.quorum ? DecisionState.PENDING : DecisionState.RESOLVED;
        const decision = task.decision && { ...task.decision, state };
        return { review: { task: name, reviewer: principal, verdict, comment }, ...(decision && { decision }) };
      },
      releaseTask: ({ name }) => ({
        task: settle(name, (before) => ({ ...before, state: TaskState.WAITING, lease: undefined, urgency: 0 })),
      }),
      extendDeadline: ({ name }) => {
        const before = tasks.get(name);
        if (!before?.expireTime) throw new ConnectError("No such task.", Code.NotFound);
        const expireTime = timestampFromMs(timestampMs(before.expireTime) + STEP_MS);
        const extended = { ...before, expireTime, extension: undefined, extensions: before.extensions + 1 };
        put(extended);
        tell(StreamEventType.CHANGED, extended);
        return { task: extended };
      },
      setAvailability: ({ availability, resumeTime }) => ({ availability, ...(resumeTime && { resumeTime }) }),
      escalateTask: ({ name }) => ({
        task: settle(name, (before) => ({ ...before, state: TaskState.WAITING, lease: undefined, queue: "seniors" })),
      }),
    });
  });

  return {
    transport,
    transportFor: (): Transport => transport,
    /** A new task comes in. */
    submit(task: Task): void {
      put(task);
      tell(StreamEventType.CHANGED, task);
      lend();
    },
  };
}
