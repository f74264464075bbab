import type { PendingVerdict } from "./verdict";

/** A verdict as it lies in storage, with the tab it belongs to. */
export type KeptVerdict = PendingVerdict & { readonly tab: string };

const TEXTS = ["id", "task", "payloadHash", "leaseToken", "comment", "title", "tab"] as const;

/** Whether something from storage is a verdict: storage is shared with whatever else runs on this origin. */
export function isPendingVerdict(value: unknown): value is KeptVerdict {
  if (typeof value !== "object" || value === null) return false;
  const kept = value as Record<string, unknown>;
  const shown = kept.shown as Record<string, unknown> | undefined;
  return (
    TEXTS.every((name) => typeof kept[name] === "string") &&
    ["approve", "reject", "correct", "release", "escalate"].includes(String(kept.verdict)) &&
    ["held", "sending", "refused"].includes(String(kept.state)) &&
    typeof kept.sendAt === "number" &&
    typeof kept.failures === "number" &&
    typeof shown === "object" &&
    typeof shown?.digest === "string" &&
    typeof shown.viewMs === "number" &&
    Array.isArray(shown.opened) &&
    Array.isArray(shown.unopened)
  );
}
