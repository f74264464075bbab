import { Code } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import type { Refusal } from "../api";
import { loadConfig, parseConfig } from "./config";
import { connectionWords } from "./connectionWords";
import { hrefOf, parseRoute } from "./route";
import { parse } from "./settings";

describe("an address", () => {
  test.each([
    ["", "inbox", ""],
    ["#/", "inbox", ""],
    ["#/nowhere", "inbox", ""],
    ["#/tasks", "inbox", ""],
    ["#/tasks/7", "tasks", "7"],
    ["#/decisions/a%2Fb", "decisions", "a/b"],
    ["#/decisions/%zz", "decisions", "%zz"],
    ["#/help?x=1", "help", ""],
  ])("%s is %s", (hash, page, id) => expect(parseRoute(hash)).toMatchObject({ page, id }));

  test("has a query of the page's own, and is written as it is read", () => {
    const href = hrefOf("decisions", "7", new URLSearchParams({ state: "open & shut" }));
    expect(parseRoute(href)).toMatchObject({ page: "decisions", id: "7" });
    expect(parseRoute(href).query.get("state")).toBe("open & shut");
  });
});

describe("config.json", () => {
  test.each([
    [{}, ""],
    [{ server: "" }, ""],
    [{ server: "https://andon.example.com/" }, "https://andon.example.com"],
  ])("%o names the server %s", (value, server) => expect(parseConfig(value).server).toBe(server));

  test.each([
    [{ server: 7 }],
    [{ server: "andon.example.com" }],
    [{ server: "javascript:alert(1)" }],
    [{ signIn: "oidc" }],
    [{ signIn: null }],
    [[]],
    [null],
    ["https://andon.example.com"],
  ])("%o is refused", (value) => expect(() => parseConfig(value)).toThrow("config.json"));

  test.each(["{", "", "<!doctype html>", '{"signIn": "cookie"}'])("that says %s is told to who put it there", (text) =>
    expect(loadConfig(() => Promise.resolve(new Response(text)))).rejects.toThrow("config.json"),
  );

  test("may be missing", async () => {
    const missing = () => Promise.resolve(new Response("", { status: 404 }));
    expect(await loadConfig(missing)).toEqual({ server: "", signIn: "token" });
    expect(await loadConfig(() => Promise.reject(new TypeError("offline")))).toEqual({ server: "", signIn: "token" });
  });
});

describe("settings", () => {
  test.each([[null], ["nonsense"], ["null"], ["7"]])("%s is as if nothing had been set", (text) =>
    expect(parse(text)).toEqual(parse("{}")),
  );

  test("stay within their bounds", () => {
    expect(parse('{"credits": 500}').credits).toBe(20);
    expect(parse('{"credits": -3}').credits).toBe(1);
    expect(parse('{"credits": "x"}').credits).toBe(5);
  });

  test("say whether to take tasks only where that was set", () => {
    expect(parse("{}").takesTasks).toBeNull();
    expect(parse('{"takesTasks": false}').takesTasks).toBe(false);
  });

  test("keep single-letter keys unless those were turned off", () => {
    expect(parse("{}").singleKeys).toBe(true);
    expect(parse('{"singleKeys": false}').singleKeys).toBe(false);
  });

  test("cover what may upset unless that was turned off", () => {
    expect(parse("{}")).toMatchObject({ blur: true, grey: true });
    expect(parse('{"blur": false}').blur).toBe(false);
  });

  test("blur and grey all images only where that was turned on", () => {
    expect(parse("{}")).toMatchObject({ blurImages: false, greyImages: false });
    expect(parse('{"blurImages": true, "greyImages": true}')).toMatchObject({ blurImages: true, greyImages: true });
  });
});

describe("the connection in words", () => {
  const refusal = { code: Code.PermissionDenied, text: "Not yours." } as Refusal;

  test.each([
    [{ status: "live" } as const, "Live"],
    [{ status: "connecting" } as const, "Connecting…"],
    [{ status: "waiting", at: 3500, refusal: null } as const, "Reconnecting in 3 s"],
    [{ status: "waiting", at: 3500, refusal } as const, "Reconnecting in 3 s. Not yours."],
    [{ status: "waiting", at: 900, refusal: null } as const, "Reconnecting…"],
    [{ status: "offline" } as const, "Offline"],
    [{ status: "refused", refusal } as const, "Refused: Not yours."],
  ])("%o", (connection, text) => expect(connectionWords(connection, 1000).text).toBe(text));
});
