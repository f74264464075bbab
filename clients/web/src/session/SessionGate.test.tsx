import { Code, ConnectError, createRouterTransport, type Transport } from "@connectrpc/connect";
import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import { browserForTests } from "../decisions/testPage";
import { SessionService } from "../gen/andon/v1/session_service_pb";
import { useSession } from "./context";
import { SessionGate } from "./SessionGate";
import { browserPlace, keepToken, keptToken } from "./token";

browserForTests();
beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
});

/** A server where the token is the person's name, and `bad` is nobody's. */
function makeTransport({ token }: { readonly token: string }): Transport {
  return createRouterTransport(({ service }) =>
    service(SessionService, {
      getSession: () => {
        if (token === "bad") throw new ConnectError("Unknown token.", Code.Unauthenticated);
        return { session: { principal: token } };
      },
    }),
  );
}

const Me = () => <p>I am {useSession().principal}</p>;

function open(hash: string): void {
  window.history.replaceState(null, "", hash);
  render(
    <MantineProvider env="test" defaultColorScheme="light" withCssVariables={false} withGlobalClasses={false}>
      <SessionGate makeTransport={makeTransport} server="here">
        <Me />
      </SessionGate>
    </MantineProvider>,
  );
}

test("a link signs in where nobody is", async () => {
  open("#token=new");
  expect(await screen.findByText("I am new")).toBeTruthy();
});

test("a link does not change who somebody is before they say so", async () => {
  keepToken(browserPlace(), "old", true);
  open("#token=new");
  const words = await screen.findByText(/This link signs you in as/);
  await waitFor(() => expect(words.textContent).toBe("This link signs you in as new; you are signed in as old."));
  expect(screen.queryByText(/I am/)).toBeNull();
  fireEvent.click(screen.getByRole("button", { name: "Continue as old" }));
  expect(await screen.findByText("I am old")).toBeTruthy();
  expect(keptToken(browserPlace())).toBe("old");
});

test("who says so goes on as the link says", async () => {
  keepToken(browserPlace(), "old", false);
  open("#token=new");
  fireEvent.click(await screen.findByRole("button", { name: "Continue as new" }));
  expect(await screen.findByText("I am new")).toBeTruthy();
});

test("a link that nobody is known by can't be followed", async () => {
  keepToken(browserPlace(), "old", false);
  open("#token=bad");
  expect(await screen.findByText(/somebody unknown \(Unknown token.\)/)).toBeTruthy();
  expect(screen.getByRole("button", { name: "Continue as the link says" })).toHaveProperty("disabled", true);
});

test("while the page is open, a link asks as well, and what is open stays", async () => {
  keepToken(browserPlace(), "old", false);
  open("#/inbox");
  await screen.findByText("I am old");
  window.history.replaceState(null, "", "#/inbox&token=new");
  fireEvent(window, new HashChangeEvent("hashchange"));
  expect(await screen.findByRole("button", { name: "Continue as new" })).toBeTruthy();
  expect(screen.getByText("I am old")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Continue as new" }));
  expect(await screen.findByText("I am new")).toBeTruthy();
});
