import { useEffect, useState } from "react";
import { createApi, type Refusal, refusalOf } from "../api";
import type { MakeTransport } from "./useAccount";

/** Whose a token is, as the server says; neither while it is being asked. */
export interface Who {
  readonly principal?: string;
  readonly refusal?: Refusal;
}

/** Asks the server whose a token is. Nothing is kept or forgotten by it. */
export function useWho(token: string, makeTransport: MakeTransport): Who {
  const [who, setWho] = useState<Who>({});
  useEffect(() => {
    const stop = new AbortController();
    const { session } = createApi(makeTransport({ token, onUnauthenticated: () => undefined }));
    setWho({});
    session.getSession({}, { signal: stop.signal }).then(
      (answer) => setWho({ principal: answer.session?.principal ?? "" }),
      (error: unknown) => stop.signal.aborted || setWho({ refusal: refusalOf(error) }),
    );
    return () => stop.abort();
  }, [token, makeTransport]);
  return who;
}
