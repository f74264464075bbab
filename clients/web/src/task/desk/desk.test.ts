import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { beforeEach, describe, expect, it } from "vitest";
import { createApi } from "../../api";
import { memoryShelf } from "../../app/storage";
import { ReleaseReason, ReviewService } from "../../gen/andon/v1/review_service_pb";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb";
import { sendBy } from "./calls";
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
      return answers.shift() ?? { kind: "done", isOpen: false };
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

  it("holds a release and an escalation as it holds a verdict", async () => {
    const outbox = open();
    outbox.add(call("a", { verdict: "release" }), 5000);
    outbox.add(call("b", { verdict: "escalate" }), 5000);
    outbox.undo();
    await clock.advance(5000);
    expect(sent).toEqual([["id-a", false]]);
  });

  it("takes back together what was given together", () => {
    const outbox = open();
    outbox.add(call("a"), 5000);
    for (const task of ["b", "c"]) outbox.add(call(task, { group: "g" }), 5000);
    expect(outbox.undo()).toBe(true);
    expect(outbox.snapshot().map((verdict) => verdict.task)).toEqual(["a"]);
    expect(events.map((event) => event.verdict.task)).toEqual(["b", "c"]);
  });

  it("has stored a verdict before it tells of it, and says where there was no room", async () => {
    let isStored = false;
    const outbox = open();
    outbox.subscribe(() => {
      isStored ||= shelf.length === 1;
      expect(isStored).toBe(true);
    });
    outbox.add(call("t"), 5000);
    expect(outbox.snapshot()[0]?.isUnsaved).toBeUndefined();
    outbox.undo();
    shelf.setItem = () => {
      throw new Error("full");
    };
    outbox.add(call("t"), 5000);
    expect(outbox.snapshot()[0]?.isUnsaved).toBe(true);
    await clock.advance(5000);
    expect(sent).toEqual([["id-t", false]]);
  });

  it("knows what another tab of the same person sends, until it is undone there", () => {
    const first = open("ann", "tab-1");
    const second = open("ann", "tab-2");
    first.add(call("t"), 5000);
    second.restore();
    expect(second.elsewhere().map((verdict) => verdict.task)).toEqual(["t"]);
    expect(second.snapshot()).toEqual([]);
    first.undo();
    second.restore();
    expect(second.elsewhere()).toEqual([]);
  });

  it("says when all that was under way is answered, also after it was closed", async () => {
    const outbox = open();
    outbox.add(call("t"), 5000);
    const left = outbox.leave().then(() => events.map((event) => event.kind));
    outbox.close();
    expect(await left).toEqual(["done"]);
    expect(shelf.length).toBe(0);
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

  it("are all taken away at sign-out, and no late one is kept", () => {
    const shelf = memoryShelf();
    const bob = new Drafts(shelf, new TestClock(), "bob");
    bob.save("t", "h", { comment: "his", opened: [] });
    const ann = new Drafts(shelf, new TestClock(), "ann");
    ann.save("t", "h", { comment: "hers", opened: [] });
    ann.save("u", "h", { comment: "", opened: ["reasoning"] });
    expect(ann.tasks()).toEqual(["t"]);
    ann.forget();
    ann.save("t", "h", { comment: "late", opened: [] });
    expect(shelf.length).toBe(1);
    expect(bob.load("t", "h").comment).toBe("his");
  });

  it("of this person that another tab saves are told of", () => {
    const shelf = memoryShelf();
    const drafts = new Drafts(shelf, new TestClock(), "ann");
    const heard: string[] = [];
    drafts.on(({ task }) => heard.push(task));
    for (const name of ["ann", "bob"]) {
      new Drafts(shelf, new TestClock(), name).save(`${name}'s`, "h", { comment: "x", opened: [] });
    }
    for (let at = 0; at < shelf.length; at++) drafts.heard(shelf.key(at));
    drafts.heard(null);
    expect(heard).toEqual(["ann's"]);
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

  it("name the group, the rule and the reason that the server names", () => {
    const words = (reason: string, metadata: Record<string, string>) => {
      const info = { desc: ErrorInfoSchema, value: { reason, domain: "andon.dev", metadata } };
      return refusedBy(new ConnectError("no", Code.FailedPrecondition, undefined, [info]))?.text;
    };
    expect(words("SKILLS_REQUIRED", { skills: "@risk" })).toBe("This task asks for a member of risk.");
    expect(words("SKILLS_REQUIRED", { skills: "german" })).toMatch(/lack a skill/);
    expect(words("CONFLICT_OF_INTEREST", { conflict: "judged_before" })).toMatch(/judged this decision before/);
    expect(words("NO_MORE_TIME", { why: "all is given" })).toBe("No more time is given: all is given.");
    expect(words("NOT_APPEALABLE", {})).toBe("It can't be appealed.");
    expect(words("POLICY_STRICTER", { rule: "big" })).toMatch(/stricter now \(rule big\): your verdict does not count/);
  });

  it("are none where the call may be repeated", () => {
    expect(refusedBy(new TypeError("Failed to fetch"))).toBeUndefined();
    expect(refusedBy(refuse(Code.Unavailable, "DRAINING"))).toBeUndefined();
    expect(refusedBy(refuse(Code.Unauthenticated, "CREDENTIALS_INVALID"))).toBeUndefined();
    expect(failureWords(new TypeError("Failed to fetch"))).toBe("The server can't be reached.");
  });
});

describe("a release or an escalation that is sent again", () => {
  const lost = new ConnectError("no", Code.Aborted, undefined, [
    { desc: ErrorInfoSchema, value: { reason: "LEASE_LOST", domain: "andon.dev" } },
  ]);
  const reviews = createApi(
    createRouterTransport(({ service }) =>
      service(ReviewService, {
        releaseTask: () => Promise.reject(lost),
        escalateTask: () => Promise.reject(lost),
      }),
    ),
  );
  const send = sendBy(reviews);

  it("says that the task is passed on, and does not come back", async () => {
    const asked: ReleaseReason[] = [];
    const releaseTask = ({ reason }: { reason: ReleaseReason }) => {
      asked.push(reason);
      return {};
    };
    const transport = createRouterTransport(({ service }) => service(ReviewService, { releaseTask }));
    const skip = sendBy(createApi(transport));
    expect(await skip(call("t", { verdict: "release" }), false, false)).toEqual({ kind: "done", isOpen: false });
    expect(asked).toEqual([ReleaseReason.SKIP]);
  });

  it("has done its work where the lease is gone", async () => {
    expect(await send(call("t", { verdict: "release" }), false, true)).toEqual({ kind: "done", isOpen: false });
    expect(await send(call("t", { verdict: "release" }), false, false)).toMatchObject({ kind: "refused" });
    const escalated = await send(call("t", { verdict: "escalate" }), false, true);
    expect(escalated).toMatchObject({ kind: "refused", refusal: { text: expect.stringContaining("may have been") } });
  });
});

it("makes request ids that are UUIDs", () => {
  expect(newRequestId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
