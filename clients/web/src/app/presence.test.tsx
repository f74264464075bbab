import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, it } from "vitest";
import { browserForTests, show } from "../decisions/testPage";
import {
  Availability,
  ReviewService,
  type SetAvailabilityRequest,
  StreamEventType,
  StreamMode,
} from "../gen/andon/v1/review_service_pb";
import { Desk } from "../inbox";
import { LiveProvider } from "../live";
import { AvailabilitySetting } from "./AvailabilitySetting";
import { ConnectionState } from "./ConnectionState";
import { changeSettings } from "./settings";

browserForTests();

const HOUR_MS = 3_600_000;
const METHODS = ["ReviewService/Review", "ReviewService/Stream", "ReviewService/SetAvailability"];

let modes: StreamMode[];
let asked: SetAvailabilityRequest[];
let refusal: ConnectError | undefined;

beforeEach(() => {
  localStorage.clear();
  changeSettings({ takesTasks: true });
  modes = [];
  asked = [];
  refusal = undefined;
});

function open(availability = Availability.AVAILABLE, until?: number): void {
  const session = { availability, ...(until !== undefined && { resumeTime: timestampFromMs(until) }) };
  const page = (
    <LiveProvider>
      <ConnectionState />
      <Desk open={null} />
      <AvailabilitySetting />
    </LiveProvider>
  );
  const routes: Parameters<typeof show>[2] = ({ service }) =>
    service(ReviewService, {
      stream: async function* ({ mode }, { signal }) {
        modes.push(mode);
        yield { type: StreamEventType.SYNCED };
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
      setAvailability: (request) => {
        asked.push(request);
        if (refusal) throw refusal;
        return { availability: request.availability, ...(request.resumeTime && { resumeTime: request.resumeTime }) };
      },
    });
  show(page, METHODS, routes, session);
}

const available = () => screen.getByRole<HTMLInputElement>("switch", { name: /^Available/ });
const back = () => screen.queryByRole("button", { name: "I’m back" });

it("who goes away is handed nothing, is told so, and is back at a button's press", async () => {
  open();
  await waitFor(() => expect(modes).toEqual([StreamMode.LEASE_AND_WATCH]));
  expect(back()).toBeNull();
  fireEvent.click(available());
  await waitFor(() => expect(modes.at(-1)).toBe(StreamMode.WATCH));
  expect([asked[0]?.availability, asked[0]?.resumeTime]).toEqual([Availability.AWAY, undefined]);
  expect(screen.getByText("Away: nothing is handed to you.")).toBeDefined();
  expect(screen.getByText("Away")).toBeDefined();
  expect(available().checked).toBe(false);
  fireEvent.click(back() ?? document.body);
  await waitFor(() => expect(modes.at(-1)).toBe(StreamMode.LEASE_AND_WATCH));
  expect(asked[1]?.availability).toBe(Availability.AVAILABLE);
  expect(back()).toBeNull();
});

it("who is away when the page is loaded leases nothing, until the time has come", async () => {
  open(Availability.AWAY, Date.now() + 1_000);
  await waitFor(() => expect(modes).toEqual([StreamMode.WATCH]));
  expect(screen.getByText(/^Away until \d.*: nothing is handed to you\.$/)).toBeDefined();
  await waitFor(() => expect(modes.at(-1)).toBe(StreamMode.LEASE_AND_WATCH), { timeout: 5_000 });
  expect(asked).toEqual([]);
});

it("the span that is chosen is when work is taken again", async () => {
  open();
  fireEvent.change(screen.getByRole("combobox", { name: "Away until" }), { target: { value: "1 hour from now" } });
  expect(asked).toEqual([]);
  const before = Date.now();
  fireEvent.click(available());
  await waitFor(() => expect(asked).toHaveLength(1));
  const until = Number(asked[0]?.resumeTime?.seconds) * 1000;
  expect(until).toBeGreaterThanOrEqual(before + HOUR_MS - 1000);
  expect(until).toBeLessThan(before + HOUR_MS + 60_000);
});

it("what the server refuses changes nothing, and is told", async () => {
  refusal = new ConnectError("Not now.", Code.FailedPrecondition);
  open();
  fireEvent.click(available());
  expect(await screen.findByText("Not now.")).toBeDefined();
  expect(available().checked).toBe(true);
  expect(modes).toEqual([StreamMode.LEASE_AND_WATCH]);
});
