import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { fireEvent, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { DecisionSchema, DecisionState, Outcome } from "../gen/andon/v1/decision_pb";
import { DecisionService } from "../gen/andon/v1/decision_service_pb";
import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb";
import { Appeals } from "./Appeals";
import { Ending } from "./Ending";
import { ReceiptButton } from "./ReceiptButton";
import { browserForTests, show } from "./testPage";

browserForTests();
const MAY = ["DecisionService/GetReceipt"];
const ended = create(DecisionSchema, {
  name: "decisions/7",
  state: DecisionState.RESOLVED,
  resolution: { outcome: Outcome.APPROVED, resolvedBy: "bob" },
  redemption: { redeemer: "shop", createTime: timestampFromMs(Date.UTC(2026, 10, 22, 8)) },
});
const part = (value: unknown) => btoa(JSON.stringify(value)).replaceAll("=", "");
const RECEIPT = `${part({ alg: "EdDSA", typ: "andon-receipt+jwt", kid: "one" })}.${part({ sub: "decisions/7" })}.AAAA`;

test("a redemption is told with its end", () => {
  show(<Ending decision={ended} />, [], () => {});
  expect(screen.getByText(/^Redeemed by shop, .*2026.*: it can’t be acted on again\.$/)).toBeTruthy();
});

test("a receipt whose key is not to be had is shown, and not called proved", async () => {
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ keys: [] })));
  show(<ReceiptButton decision={ended} />, MAY, ({ service }) =>
    service(DecisionService, { getReceipt: () => ({ receipt: RECEIPT }) }),
  );
  fireEvent.click(screen.getByRole("button", { name: "Receipt" }));
  const words = "Not checked: it says that it is signed by key one, which is not among the server’s keys (any more).";
  expect(await screen.findByText(words)).toBeTruthy();
  expect(screen.getByText("decisions/7")).toBeTruthy();
});

test("an appeal that has ended has a receipt of its own, one that is open has none", async () => {
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ keys: [] })));
  const resolution = { outcome: Outcome.REJECTED, resolvedBy: "lena" };
  const contested = create(DecisionSchema, {
    name: "decisions/7",
    state: DecisionState.RESOLVED,
    resolution,
    appeals: [{ level: 1, resolution }, { level: 2 }],
  });
  const asked: number[] = [];
  show(<Appeals decision={contested} />, MAY, ({ service }) =>
    service(DecisionService, {
      getReceipt: ({ level }) => {
        asked.push(level);
        return { receipt: RECEIPT };
      },
    }),
  );
  fireEvent.click(screen.getByRole("button", { name: "Receipt of the appeal" }));
  expect(await screen.findByText(/^Not checked: it says that it is signed by key one/)).toBeTruthy();
  expect(asked).toEqual([1]);
});

test("why there is no receipt is told", async () => {
  const reason = { reason: "NOT_RESOLVED", domain: "andon.dev", metadata: {} };
  show(<ReceiptButton decision={ended} />, MAY, ({ service }) =>
    service(DecisionService, {
      getReceipt: () => {
        throw new ConnectError("no", Code.FailedPrecondition, undefined, [{ desc: ErrorInfoSchema, value: reason }]);
      },
    }),
  );
  fireEvent.click(screen.getByRole("button", { name: "Receipt" }));
  expect(await screen.findByText("The decision has not ended yet, so there is no receipt.")).toBeTruthy();
});

test("there is no button for who may not have one, nor before the end", () => {
  const open = create(DecisionSchema, { name: "decisions/7", state: DecisionState.PENDING });
  show(<ReceiptButton decision={ended} />, [], () => {});
  show(<ReceiptButton decision={open} />, MAY, () => {});
  expect(screen.queryByRole("button", { name: "Receipt" })).toBeNull();
});
