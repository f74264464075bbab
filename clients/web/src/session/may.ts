import type { Session } from "../gen/andon/v1/session_service_pb";

type Known = Pick<Session, "methods"> & Partial<Pick<Session, "onBehalfOf">>;

/** What nobody calls who acts for somebody else. */
const OWN = ["Review", "RenewLease", "ReleaseTask", "EscalateTask", "ExtendDeadline", "SetAvailability"].map(
  (method) => `/andon.v1.ReviewService/${method}`,
);

/** Whether the caller may call a method, written `Service/Method`, with `?validate_only` for a trial. */
export function mayCall(session: Known, method: string): boolean {
  const name = `/andon.v1.${method}`;
  const whole = name.split("?")[0] ?? name;
  if (session.onBehalfOf && OWN.includes(whole)) return false;
  return session.methods.includes(name) || session.methods.includes(whole);
}
