import { timestampMs } from "@bufbuild/protobuf/wkt";

import type { Decision, Model } from "../gen/andon/v1/decision_pb";

/** The whole address of what stands behind a `#`, to be shared. */
export function shareable(hash: string): string {
  return new URL(hash, window.location.href).href;
}

/** `NAME@VERSION`; empty where no model is named. */
export function modelName(model: Model | undefined): string {
  if (model === undefined) return "";
  return model.version === "" ? model.name : `${model.name}@${model.version}`;
}

/** When it was submitted, in milliseconds. */
export function submittedAt(decision: Decision): number {
  return decision.createTime === undefined ? 0 : timestampMs(decision.createTime);
}

/** The id within a name: `decisions/0192…` → `0192…`. */
export function idOf(name: string): string {
  return name.slice(name.indexOf("/") + 1);
}
