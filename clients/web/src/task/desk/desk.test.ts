import { Code, ConnectError } from "@connectrpc/connect";
import { beforeEach, describe, expect, it } from "vitest";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb";
import { memoryShelf } from "./browserShelf";
import type { Clock } from "./clock";
import { Drafts, NO_DRAFT } from "./drafts";
import { type HeldLease, LeaseKeeper, REST_AFTER_MS, type RenewResult } from "./keeper";
import { ORPHAN_AFTER_MS, Outbox, type OutboxEvent, type SendResult } from "./outbox";
import { failureWords, refusedBy } from "./refusals";
import { newRequestId, type VerdictCall } from "./verdict";

class TestClock implements Clock {
  private time = 1_000_000;
  private timers: { at: number; call: () => void }[] = [];

  now(): number {
    return this.time;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.time + ms, call };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      const [next] = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.time = Math.max(this.time, next.at);
      next.call();
      await settle();
    }
    this.time = end;
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await Promise.resolve();
}

const call = (task: string, more: Partial<VerdictCall> = {}): VerdictCall => ({
  id: `id-${task}`,
  task,
  payloadHash: "00",
  leaseToken: "token",
  verdict: "approve",
  comment: "",
  shown: { digest: "00", opened: [], unopened: [], viewMs: 1 },
  title: "It is paid",
  ...more,
});

describe("the outbox", () => {
  let clock: TestClock;
  let shelf: ReturnType<typeof memoryShelf>;
  let sent: [string, boolean][];
  let answers: SendResult[];
  let events: OutboxEvent[];

  beforeEach(() => {
    clock = new TestClock();
    shelf = memoryShelf();
    sent = [];
    answers = [];
    events = [];
  });

  function open(principal = "ann", tab = "tab-1"): Outbox {
    const send = async ({ id }: VerdictCall, last: boolean): Promise<SendResult> => {
      sent.push([id, last]);
      return answers.shift() ?? { kind: "done" };
    };
    const outbox = new Outbox({ send, clock, shelf, principal, tab });
    outbox.on((event) => events.push(event));
    return outbox;
  }

  it("holds a verdict, then sends it once", async () => {
    const outbox = open();
    outbox.add(call("t"), 5000);
    expect(outbox.snapshot()[0]).toMatchObject({ state: "held", sendAt: clock.now() + 5000 });
    await clock.advance(4999);
    expect(sent).toEqual([]);
    await clock.advance(60_000);
    expect(sent).toEqual([["id-t", false]]);
    expect(outbox.snapshot()).toEqual([]);
    expect(shelf.length).toBe(0);
    expect(events.map((event) => event.kind)).toEqual(["done"]);
  });

  it("never sends what was undone, not even when the page goes or comes back", async () => {
    const outbox = open();
    outbox.add(call("t"), 5000);
    expect(outbox.undo()).toBe(true);
    outbox.leave();
    open().restore();
    await clock.advance(120_000);
    expect(sent).toEqual([]);
    expect(events.map((event) => event.kind)).toEqual(["undone"]);
  });

  it("undoes the newest, and nothing that is on its way", async () => {
    const outbox = open();
    outbox.add(call("a"), 5000);
    outbox.add(call("b"), 5000);
    outbox.undo();
    expect(outbox.snapshot().map((verdict) => verdict.task)).toEqual(["a"]);
    outbox.sendNow();
    expect(outbox.undo()).toBe(false);
  });

  it("sends what is held when the page goes, and again under the same id when it comes back", async () => {
    const outbox = open();
    outbox.add(call("t"), 5000);
    outbox.leave();
    expect(sent).toEqual([["id-t", true]]);
    const next = open();
    next.restore();
    await settle();
    expect(sent).toEqual([
      ["id-t", true],
      ["id-t", false],
    ]);
  });

  it("leaves another tab's verdict alone until that tab is surely gone", async () => {
    open("ann", "tab-1").add(call("t"), 5000);
    const other = open("ann", "tab-2");
    other.restore();
    expect(other.snapshot()).toEqual([]);
    await clock.advance(4000);
    const late = new TestClock();
    await late.advance(5000 + ORPHAN_AFTER_MS);
    const heir = new Outbox({
      send: async () => ({ kind: "again" }),
      clock: late,
      shelf,
      principal: "ann",
      tab: "tab-3",
    });
    heir.restore();
    expect(heir.snapshot().map((verdict) => verdict.id)).toEqual(["id-t"]);
  });

  it("never sends another person's verdict", async () => {
    open("ann", "tab-1").add(call("t"), 5000);
    const bob = open("bob", "tab-1");
    bob.restore();
    expect(bob.snapshot()).toEqual([]);
  });

  it("tries again without an answer, under the same id, and is not undone meanwhile", async () => {
    answers = [{ kind: "again" }, { kind: "again" }];
    const outbox = open();
    outbox.add(call("t"), 0);
    await clock.advance(0);
    expect(outbox.snapshot()[0]).toMatchObject({ state: "sending", failures: 1 });
    expect(outbox.undo()).toBe(false);
    await clock.advance(60_000);
    expect(sent.map(([id]) => id)).toEqual(["id-t", "id-t", "id-t"]);
    expect(outbox.snapshot()).toEqual([]);
  });

  it("keeps a refused verdict with its reason, across a reload, until it is dismissed", async () => {
    answers = [{ kind: "refused", refusal: { reason: "LEASE_LOST", place: "lease", text: "gone", faults: [] } }];
    const outbox = open();
    outbox.add(call("t", { comment: "why" }), 0);
    await clock.advance(0);
    expect(outbox.snapshot()[0]).toMatchObject({ state: "refused", comment: "why", refusal: { reason: "LEASE_LOST" } });
    const next = open();
    next.restore();
    expect(next.snapshot()[0]).toMatchObject({ state: "refused", comment: "why" });
    expect(sent.length).toBe(1);
    next.dismiss("id-t");
    expect(shelf.length).toBe(0);
  });

  it("tries nothing while it is closed, and goes on when it is opened again", async () => {
    answers = [{ kind: "again" }];
    const outbox = open();
    outbox.add(call("a"), 0);
    await clock.advance(0);
    outbox.add(call("b"), 5000);
    outbox.close();
    await clock.advance(2000);
    expect(sent.map(([id]) => id)).toEqual(["id-a"]);
    outbox.restore();
    await clock.advance(2999);
    expect(sent.map(([id]) => id)).toEqual(["id-a", "id-a"]);
    await clock.advance(1);
    expect(sent.map(([id]) => id)).toEqual(["id-a", "id-a", "id-b"]);
  });

  it("takes nothing from storage that is no verdict", () => {
    shelf.setItem('andon.verdict.1:"ann":x', '{"id":"x"}');
    const outbox = open();
    outbox.restore();
    expect(outbox.snapshot()).toEqual([]);
    expect(shelf.length).toBe(0);
  });
});

describe("drafts", () => {
  it("come back for the same person, task and payload, for a week", async () => {
    const clock = new TestClock();
    const shelf = memoryShelf();
    const draft = { comment: "hm", correction: { a: 1 }, opened: ["reasoning"] };
    new Drafts(shelf, clock, "ann").save("tasks/1", "h", draft);
    expect(new Drafts(shelf, clock, "ann").load("tasks/1", "h")).toEqual(draft);
    expect(new Drafts(shelf, clock, "ann").load("tasks/1", "other")).toBe(NO_DRAFT);
    expect(new Drafts(shelf, clock, "bob").load("tasks/1", "h")).toBe(NO_DRAFT);
    await clock.advance(8 * 24 * 3600 * 1000);
    expect(new Drafts(shelf, clock, "ann").load("tasks/1", "h")).toBe(NO_DRAFT);
    expect(shelf.length).toBe(0);
  });

  it("are taken away when empty, and when storage is broken nothing is", () => {
    const shelf = memoryShelf();
    const drafts = new Drafts(shelf, new TestClock(), "ann");
    drafts.save("t", "h", { comment: "x", opened: [] });
    drafts.save("t", "h", NO_DRAFT);
    expect(shelf.length).toBe(0);
    const full = {
      ...memoryShelf(),
      setItem: () => {
        throw new Error("full");
      },
    };
    new Drafts(full, new TestClock(), "ann").save("t", "h", { comment: "x", opened: [] });
  });
});

describe("the lease keeper", () => {
  const lease: HeldLease = { task: "t", token: "1", durationMs: 60_000, leftMs: 60_000 };
  let clock: TestClock;
  let asked: number[];
  let answers: RenewResult[];
  let keeper: LeaseKeeper;
  const state = () => keeper.snapshot().get("t")?.state;

  beforeEach(() => {
    clock = new TestClock();
    asked = [];
    answers = [];
    const start = clock.now();
    keeper = new LeaseKeeper(async () => {
      asked.push(clock.now() - start);
      return answers.shift() ?? { kind: "renewed", durationMs: 60_000 };
    }, clock);
    keeper.hold([lease]);
  });

  it("renews at a third of the time", async () => {
    await clock.advance(45_000);
    expect(asked).toEqual([20_000, 40_000]);
    expect(state()).toBe("kept");
  });

  it("stops when nobody is there, and says so; lapses unless somebody comes back", async () => {
    await clock.advance(REST_AFTER_MS + 1000);
    expect(state()).toBe("resting");
    const count = asked.length;
    keeper.input();
    await settle();
    expect(asked.length).toBe(count + 1);
    expect(state()).toBe("kept");
    await clock.advance(REST_AFTER_MS + 62_000);
    expect(state()).toBe("lost");
  });

  it("keeps what has a verdict on its way although nobody is there", async () => {
    keeper.pin(["t"]);
    await clock.advance(REST_AFTER_MS + 62_000);
    expect(state()).toBe("kept");
  });

  it("asks again soon without an answer, and knows when it is lost", async () => {
    answers = [{ kind: "again" }, { kind: "lost" }];
    await clock.advance(20_500);
    expect(state()).toBe("troubled");
    await clock.advance(6_000);
    expect(state()).toBe("lost");
    expect(asked).toEqual([20_000, 25_000]);
    keeper.hold([]);
    expect(state()).toBe("lost");
    keeper.forget("t");
    expect(state()).toBeUndefined();
  });
});

describe("refusals", () => {
  const refuse = (code: Code, reason: string) =>
    new ConnectError("no", code, undefined, [{ desc: ErrorInfoSchema, value: { reason, domain: "andon.dev" } }]);

  it("are told in words, in their place", () => {
    expect(refusedBy(refuse(Code.Aborted, "LEASE_LOST"))).toMatchObject({ reason: "LEASE_LOST", place: "lease" });
    expect(refusedBy(refuse(Code.InvalidArgument, "COMMENT_REQUIRED"))).toMatchObject({ place: "comment" });
    expect(refusedBy(refuse(Code.FailedPrecondition, "SOMETHING_NEW"))).toMatchObject({ place: "call", text: "no" });
  });

  it("are none where the call may be repeated", () => {
    expect(refusedBy(new TypeError("Failed to fetch"))).toBeUndefined();
    expect(refusedBy(refuse(Code.Unavailable, "DRAINING"))).toBeUndefined();
    expect(refusedBy(refuse(Code.Unauthenticated, "CREDENTIALS_INVALID"))).toBeUndefined();
    expect(failureWords(new TypeError("Failed to fetch"))).toBe("The server can't be reached.");
  });
});

it("makes request ids that are UUIDs", () => {
  expect(newRequestId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
