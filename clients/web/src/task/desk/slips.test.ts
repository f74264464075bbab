import { expect, it } from "vitest";
import { slipsOf } from "./slips";
import type { PendingVerdict } from "./verdict";

function pending(id: string, more: Partial<PendingVerdict> = {}): PendingVerdict {
  const shown = { digest: "00", opened: [], unopened: [], viewMs: 1 };
  const call = { id, task: id, payloadHash: "", leaseToken: "", verdict: "approve", comment: "", shown, title: id };
  return { ...call, verdict: "approve", state: "held", sendAt: 0, failures: 0, ...more };
}

it("shows three at most, the one that the key undoes last, what was refused before it", () => {
  const { shown, more } = slipsOf([
    pending("refused", { state: "refused" }),
    ...["1", "2", "3", "4"].map((id) => pending(id)),
  ]);
  expect(shown.map(({ key, isNewest }) => [key, isNewest])).toEqual([
    ["3", false],
    ["refused", false],
    ["4", true],
  ]);
  expect(more).toBe(2);
});

it("shows what was given in one go as one, and each refusal by itself", () => {
  const group = "g";
  const { shown, more } = slipsOf([
    pending("1", { group }),
    pending("2", { group }),
    pending("3", { group, state: "refused" }),
  ]);
  expect(shown.map(({ ids }) => ids)).toEqual([["3"], ["1", "2"]]);
  expect(shown[1]?.isNewest).toBe(true);
  expect(more).toBe(0);
});
