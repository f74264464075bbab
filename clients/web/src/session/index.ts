/**
 * Who is signed in. A token comes by the link's fragment (`#token=…`) or is pasted; it never goes into an address, a
 * cookie or a log. Or an issuer gives one for whoever signs in there (`oidc.ts`, loaded when it is needed). `useSession()` is the server's Session, `useMay("ReviewService/Review")` whether it may call that,
 * `useSignOut()` ends it. All of them work below `SessionGate` alone.
 */
export { SessionContext, useBase, useCredential, useMay, useSession, useSignOut } from "./context";
export { mayCall } from "./may";
export { SessionGate } from "./SessionGate";
