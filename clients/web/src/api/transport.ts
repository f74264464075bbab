import { Code, ConnectError, type Interceptor, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { isOurs, refusalOf } from "./refusal";
import { retryReads } from "./retry";

export interface TransportOptions {
  /** The server's address; empty for the one the page came from. */
  readonly server: string;
  readonly token: string;
  /** Told when Andon does not accept the token (any more); what a gateway refuses says nothing of the token. */
  readonly onUnauthenticated: (error: ConnectError) => void;
  /** Told the server's clock with every answer that carries it, in milliseconds since the epoch. */
  readonly onServerTime?: (now: number) => void;
}

/** Connect over fetch, binary, with the token. Cookies are neither sent nor kept. */
export function createTransport(options: TransportOptions): Transport {
  return createConnectTransport({
    baseUrl: options.server || new URL(".", document.baseURI).href.replace(/\/$/, ""),
    useBinaryFormat: true,
    interceptors: callInterceptors(options),
    fetch: (input, init) =>
      globalThis.fetch(input, { ...init, credentials: "omit", cache: "no-store", keepalive: isVerdict(input, init) }),
  });
}

/** What every call passes, outermost first. */
export function callInterceptors(options: TransportOptions): Interceptor[] {
  return [
    retryReads(),
    noticeRefusedToken(options.onUnauthenticated),
    noticeTime(options.onServerTime),
    bear(options.token),
  ];
}

function bear(token: string): Interceptor {
  return (next) => (request) => {
    request.header.set("Authorization", `Bearer ${token}`);
    return next(request);
  };
}

function noticeRefusedToken(tell: (error: ConnectError) => void): Interceptor {
  return (next) => async (request) => {
    try {
      return await next(request);
    } catch (error) {
      const cause = ConnectError.from(error);
      if (cause.code === Code.Unauthenticated && isOurs(refusalOf(cause))) tell(cause);
      throw error;
    }
  };
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
