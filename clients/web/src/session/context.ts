import { createContext, use } from "react";
import type { Session } from "../gen/andon/v1/session_service_pb";
import { mayCall } from "./may";

interface SignedIn {
  readonly session: Session;
  readonly signOut: () => void;
}

export const SessionContext = createContext<SignedIn | null>(null);

/** Who is signed in, as the server knows them. */
export function useSession(): Session {
  return useSignedIn().session;
}

/** Whether they may call a method, written `Service/Method`. */
export function useMay(method: string): boolean {
  return mayCall(useSession(), method);
}

/** Forgets the token on this device and shows the sign-in. */
export function useSignOut(): () => void {
  return useSignedIn().signOut;
}

function useSignedIn(): SignedIn {
  const value = use(SessionContext);
  if (!value) throw new Error("useSession outside of SessionGate");
  return value;
}
