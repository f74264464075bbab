import { MantineProvider } from "@mantine/core";
import { lazy, Suspense, useMemo } from "react";
import { baseUrl, createTransport } from "../api";
import { LiveProvider, serverClock } from "../live";
import { SessionGate } from "../session";
import type { MakeTransport } from "../session/useAccount";
import { Waiting } from "../ui/Waiting";
import type { Config } from "./config";
import { Shell } from "./Shell";
import { theme } from "./theme";

/** `npm run dev:fake` runs the page against a server in its own memory; the built page knows nothing of it. */
const Fake = import.meta.env.MODE === "fake" ? lazy(() => import("../testing/FakeApp")) : null;

/** The whole page. Styles come from files alone: the content policy allows no others. */
export function App({ config }: { readonly config: Config }) {
  const makeTransport = useMemo<MakeTransport>(
    () => (options) =>
      createTransport({ ...options, server: config.server, onServerTime: (now) => serverClock.heard(now) }),
    [config.server],
  );
  const server = config.server || window.location.host;
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      {Fake ? (
        <Suspense fallback={<Waiting />}>
          <Fake />
        </Suspense>
      ) : (
        <SessionGate makeTransport={makeTransport} server={server} base={baseUrl(config.server)}>
          <LiveProvider>
            <Shell />
          </LiveProvider>
        </SessionGate>
      )}
    </MantineProvider>
  );
}
