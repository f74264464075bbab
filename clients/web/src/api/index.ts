/**
 * The server's contract, typed. `useApi()` gives a client for every service (Connect, binary). A refused call throws;
 * `refusalOf(error)` tells what the server said. Reads are repeated by themselves while the server is unavailable.
 */
export type { Api } from "./clients";
export { createApi } from "./clients";
export { ApiContext, useApi } from "./context";
export { type FieldFault, isOurs, type Refusal, refusalOf } from "./refusal";
export { baseUrl, createTransport, type TransportOptions } from "./transport";
