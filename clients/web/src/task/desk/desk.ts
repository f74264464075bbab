// The reviewer's desk: drafts, verdicts on their way and leases, for as long as somebody is signed in.

import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { Api } from "../../api";
import { browserShelf } from "../../app/storage";
import type { Task } from "../../gen/andon/v1/task_pb";
import { type LiveStore, serverClock } from "../../live";
import { giveBack, renewBy, sendBy } from "./calls";
import { browserClock } from "./clock";
import { Drafts } from "./drafts";
import { Fates } from "./fates";
import { type HeldLease, LeaseKeeper } from "./keeper";
import { Outbox, type OutboxEvent } from "./outbox";
import { leaveTabId, tabId } from "./tab";
import { isVerdict } from "./verdict";

const LEASE_MS = 60_000;

export interface Desk {
  readonly drafts: Drafts;
  readonly outbox: Outbox;
  readonly keeper: LeaseKeeper;
  readonly fates: Fates;
  /** Begins renewing and sending; the answer ends it, and sends what is still held. */
  open(): () => void;
  /** How much of what was written here is not on its way: drafts, and verdicts that were refused. */
  unsent(): number;
  /** Sends what is held, gives back what is leased, and takes the rest off this device: the person signs out. */
  clear(): void;
}

/** A desk for one person at one server. */
export function makeDesk(api: Pick<Api, "reviews">, principal: string, live: LiveStore): Desk {
  const shelf = browserShelf();
  const tab = tabId();
  const drafts = new Drafts(shelf, browserClock, principal);
  const keeper = new LeaseKeeper(
    renewBy(api, (task, lease) => live.renewed(task, lease)),
    browserClock,
    (resting) => live.rest(resting),
  );
  const outbox = new Outbox({ send: sendBy(api), clock: browserClock, shelf, principal, tab });
  const desk = { drafts, outbox, keeper, fates: new Fates() };
  return {
    ...desk,
    open: () => open(desk, live, tab),
    unsent: () => unsent(desk),
    clear: () => clear(desk, api, live),
  };
}

type Parts = Pick<Desk, "drafts" | "outbox" | "keeper" | "fates">;

function unsent({ drafts, outbox }: Parts): number {
  const pending = outbox.snapshot();
  const sent = new Set(pending.filter((one) => one.state !== "refused").map((one) => one.task));
  const refused = pending.filter((one) => one.state === "refused").map((one) => one.task);
  const written = drafts.tasks().filter((task) => !sent.has(task));
  return new Set([...written, ...refused]).size;
}

function clear({ drafts, outbox }: Parts, api: Pick<Api, "reviews">, live: LiveStore): void {
  for (const { id, state } of outbox.snapshot()) if (state === "refused") outbox.dismiss(id);
  live.leave();
  const sent = new Set([...outbox.snapshot(), ...outbox.elsewhere()].map((one) => one.task));
  giveBack(
    api,
    live.state().mine.filter(({ name }) => !sent.has(name)),
  );
  void outbox.leave();
  drafts.forget();
}

function open({ drafts, outbox, keeper, fates }: Parts, live: LiveStore, tab: string): () => void {
  const follow = () => {
    const { mine } = live.state();
    keeper.hold(mine.map(heldLease).filter((lease) => lease !== undefined));
    for (const { name, queue, escalations } of mine)
      fates.hold(name, { queue, escalations, lapsesAt: keeper.snapshot().get(name)?.lapsesAt ?? 0 });
  };
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
    void outbox.leave();
  };
  const heard = (event: Event) => {
    outbox.restore();
    if (event instanceof StorageEvent) drafts.heard(event.key);
  };
  const answered = outbox.on((event) => follows(event, { drafts, outbox, keeper, fates }, live));
  const ends = [
    live.subscribe(follow),
    live.onSign(() => keeper.woken()),
    live.onEvent((event) => fates.heard(event, browserClock.now())),
    outbox.subscribe(pin),
    onWindow(["keydown", "pointerdown", "pointermove", "wheel", "touchstart"], input),
    onWindow(["pagehide", "freeze"], leave),
    onWindow(["pageshow", "storage"], heard),
  ];
  follow();
  outbox.restore();
  const orphans = setInterval(() => outbox.restore(), LEASE_MS);
  return () => {
    clearInterval(orphans);
    for (const end of ends) end();
    // What is answered only now still takes its draft away.
    void outbox.leave().then(answered);
    outbox.close();
    keeper.close();
  };
}

/** What an answer changes on this desk. A task that was handed on may come back, so its draft stays. */
function follows({ kind, verdict }: OutboxEvent, { drafts, keeper }: Parts, live: LiveStore): void {
  const { task, payloadHash, leaseToken, refusal } = verdict;
  if (kind === "done" && verdict.verdict !== "escalate") drafts.remove(task, payloadHash);
  // What was given back stands in its queue already, or is leased to me anew, if the stream was quicker than this answer.
  const isStillHeld = live.task(task)?.lease?.token === leaseToken;
  if (kind === "done" && (isVerdict(verdict.verdict) || isStillHeld)) live.dropped(task);
  if (kind === "refused" && refusal?.place === "lease") keeper.lose(task);
  if (kind === "refused" && refusal?.reason === "PAYLOAD_CHANGED") void live.reread(task);
}

/** The lease of a task of mine as the keeper takes it; what is left of it is told by the server's clock. */
function heldLease(task: Task): HeldLease | undefined {
  const { lease, name } = task;
  if (!lease?.token) return undefined;
  const whole = lease.duration ? durationMs(lease.duration) : LEASE_MS;
  const left = lease.expireTime ? timestampMs(lease.expireTime) - serverClock.now() : whole;
  return { task: name, token: lease.token, durationMs: whole, leftMs: Math.min(whole, Math.max(0, left)) };
}

function onWindow(names: readonly string[], call: (event: Event) => void): () => void {
  for (const name of names) window.addEventListener(name, call, { passive: true, capture: true });
  return () => {
    for (const name of names) window.removeEventListener(name, call, { capture: true });
  };
}
