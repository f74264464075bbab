// A verdict as it lies in the outbox: everything the call needs, and what the reviewer is told meanwhile.
import type { JsonObject } from "../model/json";
import type { ShownEvidence } from "../model/shown";
import type { Refused } from "./refusals";

export type VerdictWord = "approve" | "reject" | "correct";

/** All that a reviewer can do with a task: judge it, give it back to its queue, or hand it on. */
export type Deed = VerdictWord | "release" | "escalate";

export interface VerdictCall {
  /** Also the request id: one for each verdict, the same at every attempt. */
  readonly id: string;
  readonly task: string;
  readonly payloadHash: string;
  readonly leaseToken: string;
  readonly verdict: Deed;
  readonly comment: string;
  readonly correction?: JsonObject;
  readonly shown: ShownEvidence;
  /** The headline of the task, to name it by. */
  readonly title: string;
  /** One verdict of several: it may leave the decision open. */
  readonly isShare?: boolean;
  /** Shared by what was given in one go for several tasks, which is undone in one go as well. */
  readonly group?: string;
}

/** `held`: can be undone. `sending`: on its way, or being tried again. `refused`: the server said no. */
export type VerdictState = "held" | "sending" | "refused";

export interface PendingVerdict extends VerdictCall {
  readonly state: VerdictState;
  /** When it is sent, in milliseconds since the epoch. */
  readonly sendAt: number;
  /** How often sending has failed for want of an answer. */
  readonly failures: number;
  readonly refusal?: Refused;
  /** This device had no room for it: it is lost where the page goes before it is sent. */
  readonly isUnsaved?: boolean;
}

/** Whether a deed ends the task, as against passing it on. */
export function isVerdict(deed: Deed): deed is VerdictWord {
  return deed !== "release" && deed !== "escalate";
}

/** A new request id. `crypto.randomUUID` is missing where the page is served without TLS. */
export function newRequestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
