import { Code, ConnectError, type Interceptor, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { isOurs, refusalOf } from "./refusal";
import { retryReads, waitForRate } from "./retry";

export interface TransportOptions {
  /** The server's address; empty for the one the page came from. */
  readonly server: string;
  readonly token: string;
  /** The token to send now, where it changes; else `token`. */
  readonly bearer?: () => string;
  /** Asked for another token than one that Andon has refused: whether there is one, so that a call may be repeated. */
  readonly renew?: (refused: string) => Promise<boolean>;
  /** Told when Andon does not accept the token (any more); what a gateway refuses says nothing of the token. */
  readonly onUnauthenticated: (error: ConnectError) => void;
  /** Told the server's clock with every answer that carries it, in milliseconds since the epoch. */
  readonly onServerTime?: (now: number) => void;
}

/** Connect over fetch, binary, with the token. Cookies are neither sent nor kept. */
export function createTransport(options: TransportOptions): Transport {
  return createConnectTransport({
    baseUrl: baseUrl(options.server),
    useBinaryFormat: true,
    interceptors: callInterceptors(options),
    fetch: (input, init) =>
      globalThis.fetch(input, { ...init, credentials: "omit", cache: "no-store", keepalive: isVerdict(input, init) }),
  });
}

/** The server's address without a slash at its end; where the page came from, if there is none. */
export function baseUrl(server: string): string {
  return server || new URL(".", document.baseURI).href.replace(/\/$/, "");
}

/** What every call passes, outermost first. */
export function callInterceptors(options: TransportOptions): Interceptor[] {
  return [
    retryReads(),
    waitForRate(),
    noticeRefusedToken(options),
    noticeTime(options.onServerTime),
    bear(options.bearer ?? (() => options.token)),
  ];
}

const SCHEME = "Bearer ";

function bear(token: () => string): Interceptor {
  return (next) => (request) => {
    request.header.set("Authorization", `${SCHEME}${token()}`);
    return next(request);
  };
}

/** Repeats a call whose token was refused once there is another one; what was refused has not happened. */
function noticeRefusedToken({ renew, onUnauthenticated }: TransportOptions): Interceptor {
  return (next) => async (request) => {
    try {
      return await next(request);
    } catch (error) {
      if (!isRefusedToken(error)) throw error;
      const borne = request.header.get("Authorization")?.slice(SCHEME.length) ?? "";
      if (request.stream || !(await renew?.(borne))) {
        onUnauthenticated(ConnectError.from(error));
        throw error;
      }
    }
    try {
      return await next(request);
    } catch (error) {
      if (isRefusedToken(error)) onUnauthenticated(ConnectError.from(error));
      throw error;
    }
  };
}

function isRefusedToken(error: unknown): boolean {
  const cause = ConnectError.from(error);
  return cause.code === Code.Unauthenticated && isOurs(refusalOf(cause));
}

function noticeTime(tell: ((now: number) => void) | undefined): Interceptor {
  return (next) => async (request) => {
    const response = await next(request);
    const date = Date.parse(response.header.get("date") ?? "");
    if (tell && !Number.isNaN(date)) tell(date);
    return response;
  };
}

/** What browsers send on after the page is gone is limited to 64 KiB. */
const OUTLIVES = 60_000;

/** What a reviewer has decided goes on its way even while the page is being closed. */
function isVerdict(input: RequestInfo | URL, init: RequestInit | undefined): boolean {
  const address = input instanceof Request ? input.url : String(input);
  const { body } = init ?? {};
  return (
    /\/andon\.v1\.ReviewService\/(Review|ReleaseTask|EscalateTask)$/.test(address) &&
    body instanceof Uint8Array &&
    body.length < OUTLIVES
  );
}
