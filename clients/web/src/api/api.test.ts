import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { describe, expect, test, vi } from "vitest";
import { ReviewService } from "../gen/andon/v1/review_service_pb";
import { SessionService } from "../gen/andon/v1/session_service_pb";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb";
import { createApi } from "./clients";
import { isOurs, refusalOf } from "./refusal";
import { retryReads, waitForRate } from "./retry";
import { callInterceptors } from "./transport";

const details = [
  { desc: ErrorInfoSchema, value: { reason: "DRAINING", domain: "andon.dev", metadata: { limit: "7" } } },
  { desc: RetryInfoSchema, value: { retryDelay: durationFromMs(1500) } },
  { desc: BadRequestSchema, value: { fieldViolations: [{ field: "comment", description: "is too long" }] } },
];
const draining = () => new ConnectError("The server is going down.", Code.Unavailable, undefined, details);

describe("a refusal", () => {
  test("tells what the server said", () => {
    expect(refusalOf(draining())).toEqual({
      code: Code.Unavailable,
      reason: "DRAINING",
      text: "The server is going down.",
      fields: [{ field: "comment", text: "is too long" }],
      metadata: { limit: "7" },
      retryAfterMs: 1500,
    });
  });

  test("of a connection that failed says so in our words", () => {
    expect(refusalOf(new TypeError("Failed to fetch"))).toMatchObject({
      code: Code.Unavailable,
      reason: "UNREACHABLE",
    });
    expect(refusalOf(new ConnectError("HTTP 503", Code.Unavailable))).toMatchObject({ reason: "UNREACHABLE" });
  });

  test("of something in between says that it is none of Andon's", () => {
    const gateway = refusalOf(new ConnectError("HTTP 403", Code.PermissionDenied));
    expect(gateway).toMatchObject({ reason: "", text: "The answer did not come from Andon: HTTP 403." });
    expect([gateway, refusalOf(draining()), refusalOf(new TypeError("offline"))].map(isOurs)).toEqual([
      false,
      true,
      false,
    ]);
  });

  test("without details is its text, and anything that is thrown is one", () => {
    expect(refusalOf(new ConnectError("No.", Code.Aborted))).toMatchObject({
      code: Code.Aborted,
      text: "No.",
      fields: [],
    });
    expect(refusalOf("odd")).toMatchObject({ text: "odd" });
  });
});

const refused = (reason: string, metadata: Record<string, string> = {}, code = Code.PermissionDenied) =>
  new ConnectError("The server’s words.", code, undefined, [
    { desc: ErrorInfoSchema, value: { reason, domain: "andon.dev", metadata } },
    { desc: RetryInfoSchema, value: { retryDelay: durationFromMs(1500) } },
  ]);

describe("a refusal in the page's words", () => {
  test.each([
    ["ACTION_NOT_ALLOWED", { action: "refund.issue" }, "do not cover the action refund.issue."],
    ["ACTION_NOT_ALLOWED", { action: "*" }, "for those that cover all."],
    ["DELEGATED", {}, "Sign in as yourself"],
    ["RATE_EXCEEDED", {}, "Try again in 2 seconds."],
    ["QUOTA_EXCEEDED", { quota: "streams", limit: "3" }, "open more than 3 times"],
    ["QUOTA_EXCEEDED", { quota: "open_decisions", limit: "3" }, "your limit of 3 open decisions."],
    ["ISSUER_UNAVAILABLE", { issuer: "https://id.example.com/x" }, "ask id.example.com at the moment"],
    ["NOT_RESOLVED", {}, "has not ended yet"],
    ["TASK_CLOSED", {}, "The server’s words."],
    ["toString", {}, "The server’s words."],
  ])("says what %s %o means", (reason, metadata, words) => {
    expect(refusalOf(refused(reason, metadata)).text).toContain(words);
  });
});

describe("where the server takes less at a time", () => {
  const tooMany = () => refused("RATE_EXCEEDED", {}, Code.ResourceExhausted);

  test("a call waits as long as it asks, then happens once", async () => {
    const answers = [tooMany(), tooMany()];
    const review = vi.fn(() => {
      const refusal = answers.shift();
      if (refusal) throw refusal;
      return {};
    });
    const pauses: number[] = [];
    const pause = async (ms: number) => void pauses.push(Math.floor(ms / 1000));
    const transport = createRouterTransport(({ service }) => service(ReviewService, { review }), {
      transport: { interceptors: [waitForRate(pause)] },
    });
    await createApi(transport).reviews.review({});
    expect(review).toHaveBeenCalledTimes(3);
    expect(pauses).toEqual([1, 1]);
  });

  test("it is told after some tries, and other refusals at once", async () => {
    const answers = [...Array.from({ length: 4 }, tooMany), refused("QUOTA_EXCEEDED", {}, Code.ResourceExhausted)];
    const review = vi.fn(() => {
      throw answers.shift() ?? new Error("once too often");
    });
    const transport = createRouterTransport(({ service }) => service(ReviewService, { review }), {
      transport: { interceptors: [waitForRate(async () => {})] },
    });
    const { reviews } = createApi(transport);
    await expect(reviews.review({})).rejects.toThrow("The server’s words.");
    expect(review).toHaveBeenCalledTimes(4);
    await expect(reviews.review({})).rejects.toThrow("The server’s words.");
    expect(review).toHaveBeenCalledTimes(5);
  });
});

describe("a token that is refused", () => {
  const invalid = () => refused("CREDENTIALS_INVALID", {}, Code.Unauthenticated);

  function calling(renew: (() => Promise<boolean>) | undefined) {
    const tokens: (string | null)[] = [];
    let token = "old";
    const told = vi.fn();
    const options = {
      server: "",
      token,
      bearer: () => token,
      onUnauthenticated: told,
      ...(renew && {
        renew: async () => {
          token = "new";
          return renew();
        },
      }),
    };
    const transport = createRouterTransport(
      ({ service }) =>
        service(SessionService, {
          getSession: (_, { requestHeader }) => {
            tokens.push(requestHeader.get("authorization"));
            if (tokens.at(-1) !== "Bearer new") throw invalid();
            return {};
          },
        }),
      { transport: { interceptors: callInterceptors(options) } },
    );
    return { api: createApi(transport), tokens, told };
  }

  test("is replaced where there is another, and the call is repeated with it", async () => {
    const { api, tokens, told } = calling(async () => true);
    await api.session.getSession({});
    expect(tokens).toEqual(["Bearer old", "Bearer new"]);
    expect(told).not.toHaveBeenCalled();
  });

  test("is told of where there is no other", async () => {
    for (const renew of [undefined, async () => false]) {
      const { api, tokens, told } = calling(renew);
      await expect(api.session.getSession({})).rejects.toThrow("The server’s words.");
      expect(tokens).toEqual(["Bearer old"]);
      expect(told).toHaveBeenCalledTimes(1);
    }
  });
});

describe("while the server is unavailable", () => {
  function api(fail: number) {
    let calls = 0;
    const answer = <T>(value: T): T => {
      calls += 1;
      if (calls <= fail) throw draining();
      return value;
    };
    const pause = vi.fn(() => Promise.resolve());
    const transport = createRouterTransport(
      ({ service }) => {
        service(SessionService, { getSession: () => answer({ session: { principal: "ada" } }) });
        service(ReviewService, { releaseTask: () => answer({}) });
      },
      { transport: { interceptors: [retryReads(pause)] } },
    );
    return { ...createApi(transport), pause, calls: () => calls };
  }

  test("a read is repeated after the pause the server asks for", async () => {
    const { session, pause } = api(2);
    expect((await session.getSession({})).session?.principal).toBe("ada");
    expect(pause.mock.calls).toHaveLength(2);
    expect(pause).toHaveBeenCalledWith(1500, expect.anything());
  });

  test("it is not repeated for ever", async () => {
    const { session, calls } = api(100);
    await expect(session.getSession({})).rejects.toThrow("going down");
    expect(calls()).toBe(4);
  });

  test("what changes something is never repeated by itself", async () => {
    const { reviews, calls } = api(1);
    await expect(reviews.releaseTask({})).rejects.toThrow("going down");
    expect(calls()).toBe(1);
  });
});

test("every call carries the token; Andon's refusal of it is noticed, a gateway's is not", async () => {
  const expired = new ConnectError("Expired.", Code.Unauthenticated, undefined, [
    { desc: ErrorInfoSchema, value: { reason: "CREDENTIALS_INVALID" } },
  ]);
  const onUnauthenticated = vi.fn();
  const seen: (string | null)[] = [];
  const transport = createRouterTransport(
    ({ service }) =>
      service(SessionService, {
        getSession: (_request, context) => {
          seen.push(context.requestHeader.get("authorization"));
          throw seen.length === 1 ? new ConnectError("HTTP 401", Code.Unauthenticated) : expired;
        },
      }),
    { transport: { interceptors: callInterceptors({ server: "", token: "secret", onUnauthenticated }) } },
  );
  const { session } = createApi(transport);
  await expect(session.getSession({})).rejects.toThrow("401");
  expect(onUnauthenticated).not.toHaveBeenCalled();
  await expect(session.getSession({})).rejects.toThrow("Expired");
  expect(seen).toEqual(["Bearer secret", "Bearer secret"]);
  expect(onUnauthenticated).toHaveBeenCalledOnce();
});

test("details survive the wire's own form", () => {
  const wire = create(ErrorInfoSchema, { reason: "LEASE_LOST" });
  expect(
    refusalOf(new ConnectError("Lost.", Code.Aborted, undefined, [{ desc: ErrorInfoSchema, value: wire }])).reason,
  ).toBe("LEASE_LOST");
});
