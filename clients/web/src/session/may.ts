import type { Session } from "../gen/andon/v1/session_service_pb";

/** Whether the caller may call a method, written `Service/Method`, with `?validate_only` for a trial. */
export function mayCall(session: Pick<Session, "methods">, method: string): boolean {
  const name = `/andon.v1.${method}`;
  const whole = name.split("?")[0] ?? name;
  return session.methods.includes(name) || session.methods.includes(whole);
}
