import { Shell } from "../app/Shell";
import { LiveProvider } from "../live";
import { SessionGate } from "../session";
import { createFakeServer } from "./fakeServer";

const server = createFakeServer({ waiting: Number(new URLSearchParams(window.location.search).get("waiting") ?? 40) });

/** The page on a server in its own memory. */
export default function FakeApp() {
  return (
    <SessionGate makeTransport={server.transportFor} server="a server in memory">
      <LiveProvider>
        <Shell />
      </LiveProvider>
    </SessionGate>
  );
}
