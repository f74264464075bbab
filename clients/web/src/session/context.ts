import { createContext, use, useSyncExternalStore } from "react";
import { millis } from "../format";
import type { Session } from "../gen/andon/v1/session_service_pb";
import type { Credential } from "./credential";
import { mayCall } from "./may";
import { endOf } from "./signOn";
import type { Issuer } from "./useIssuer";

interface SignedIn {
  readonly session: Session;
  readonly signOut: () => void;
  /** The server's address, without a slash at its end. */
  readonly base?: string;
  /** What the sign-in goes by, and whether the server takes it no longer. */
  readonly credential?: Credential;
  readonly isOver?: boolean;
  readonly issuer?: Issuer;
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

/** The address of the server's own files, such as its keys. */
export function useBase(): string {
  return useSignedIn().base ?? "";
}

/**
 * What the sign-in goes by, as far as it can end. `signOn` is the issuer's, null where it is just a token; `endsAt` is in
 * milliseconds since the epoch, null where it does not end by itself; `isProlonged` where that is put off by itself.
 */
export function useCredential() {
  const { session, credential, isOver = false, issuer } = useSignedIn();
  const signOn = useSyncExternalStore(credential?.subscribe ?? never, () => credential?.signOn() ?? null);
  const isProlonged = useSyncExternalStore(credential?.subscribe ?? never, () => credential?.isProlonged() ?? false);
  const endsAt = signOn ? endOf(signOn.bearer) : millis(session.expireTime);
  return { signOn, endsAt, isProlonged, isOver, issuer };
}

const never = () => () => {};

function useSignedIn(): SignedIn {
  const value = use(SessionContext);
  if (!value) throw new Error("useSession outside of SessionGate");
  return value;
}
