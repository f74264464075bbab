import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type ConnectRouter, createRouterTransport } from "@connectrpc/connect";
import { MantineProvider } from "@mantine/core";
import { cleanup, render } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, vi } from "vitest";

import { ApiContext, createApi } from "../api";
import { SessionSchema } from "../gen/andon/v1/session_service_pb";
import { keys } from "../keys";
import { SessionContext } from "../session";

/** For tests alone: makes jsdom a browser that a page can be shown in, and forgets the page after each test. */
export function browserForTests(): void {
  const press = (event: KeyboardEvent) => void keys.handle(event);
  beforeEach(() => {
    vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: () => {}, removeEventListener: () => {} }));
    vi.stubGlobal("ResizeObserver", Unmeasured);
    window.history.replaceState(null, "", "#/");
    window.dispatchEvent(new HashChangeEvent("hashchange"));
    document.addEventListener("keydown", press);
  });
  afterEach(() => {
    cleanup();
    document.removeEventListener("keydown", press);
    vi.unstubAllGlobals();
  });
}

class Unmeasured {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

/** For tests alone: goes to an address. */
export function goTo(hash: string): void {
  window.history.replaceState(null, "", hash);
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}

/** For tests alone: shows a page to somebody who may call these methods, on the services of `routes`; `given` is what else the server says of them. */
export function show(
  page: ReactNode,
  methods: readonly string[],
  routes: (router: ConnectRouter) => void,
  given: MessageInitShape<typeof SessionSchema> = {},
): void {
  const session = Object.assign(create(SessionSchema, given), {
    principal: "ada",
    roles: ["lead"],
    methods: methods.map((method) => `/andon.v1.${method}`),
  });
  render(
    <MantineProvider env="test" defaultColorScheme="light" withCssVariables={false} withGlobalClasses={false}>
      <ApiContext value={createApi(createRouterTransport(routes))}>
        <SessionContext value={{ session, signOut: () => {} }}>{page}</SessionContext>
      </ApiContext>
    </MantineProvider>,
  );
}
