// The reviewer's desk: drafts, verdicts on their way and leases, for as long as somebody is signed in.
import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { Api } from "../../api";
import type { Task } from "../../gen/andon/v1/task_pb";
import { type LiveStore, serverClock } from "../../live";
import { browserShelf } from "./browserShelf";
import { renewBy, sendBy } from "./calls";
import { browserClock } from "./clock";
import { Drafts } from "./drafts";
import { type HeldLease, LeaseKeeper } from "./keeper";
import { Outbox } from "./outbox";
import { leaveTabId, tabId } from "./tab";

const LEASE_MS = 60_000;

export interface Desk {
  readonly drafts: Drafts;
  readonly outbox: Outbox;
  readonly keeper: LeaseKeeper;
  /** Begins renewing and sending; the answer ends it, and sends what is still held. */
  open(): () => void;
}

/** A desk for one person at one server. */
export function makeDesk(api: Pick<Api, "reviews">, principal: string, live: LiveStore): Desk {
  const shelf = browserShelf();
  const tab = tabId();
  const drafts = new Drafts(shelf, browserClock, principal);
  const keeper = new LeaseKeeper(
    renewBy(api, (task, lease) => live.renewed(task, lease)),
    browserClock,
  );
  const outbox = new Outbox({ send: sendBy(api), clock: browserClock, shelf, principal, tab });
  const desk = { drafts, outbox, keeper };
  return { ...desk, open: () => open(desk, live, tab) };
}

type Parts = Pick<Desk, "drafts" | "outbox" | "keeper">;

function open({ drafts, outbox, keeper }: Parts, live: LiveStore, tab: string): () => void {
  const follow = () =>
    keeper.hold(
      live
        .state()
        .mine.map(heldLease)
        .filter((lease) => lease !== undefined),
    );
  const pin = () =>
    keeper.pin(
      outbox
        .snapshot()
        .filter((one) => one.state !== "refused")
        .map((one) => one.task),
    );
  const input = () => keeper.input();
  const leave = () => {
    leaveTabId(tab);
    outbox.leave();
  };
  const ends = [
    live.subscribe(follow),
    outbox.subscribe(pin),
    outbox.on((event) => {
      if (event.kind === "done") {
        drafts.remove(event.verdict.task, event.verdict.payloadHash);
        live.dropped(event.verdict.task);
      }
      if (event.kind === "refused" && event.verdict.refusal?.place === "lease") keeper.lose(event.verdict.task);
    }),
    onWindow(["keydown", "pointerdown", "pointermove", "wheel", "touchstart"], input),
    onWindow(["pagehide", "freeze"], leave),
    onWindow(["pageshow", "storage"], () => outbox.restore()),
  ];
  follow();
  outbox.restore();
  const orphans = setInterval(() => outbox.restore(), LEASE_MS);
  return () => {
    clearInterval(orphans);
    for (const end of ends) end();
    outbox.leave();
    outbox.close();
    keeper.close();
  };
}

/** The lease of a task of mine as the keeper takes it; what is left of it is told by the server's clock. */
export function heldLease(task: Task): HeldLease | undefined {
  const { lease, name } = task;
  if (!lease?.token) return undefined;
  const whole = lease.duration ? durationMs(lease.duration) : LEASE_MS;
  const left = lease.expireTime ? timestampMs(lease.expireTime) - serverClock.now() : whole;
  return { task: name, token: lease.token, durationMs: whole, leftMs: Math.min(whole, Math.max(0, left)) };
}

function onWindow(names: readonly string[], call: () => void): () => void {
  for (const name of names) window.addEventListener(name, call, { passive: true, capture: true });
  return () => {
    for (const name of names) window.removeEventListener(name, call, { capture: true });
  };
}
