import { createContext, use } from "react";
import type { Api } from "./clients";

export const ApiContext = createContext<Api | null>(null);

/** The clients of the server this page is signed in to. */
export function useApi(): Api {
  const api = use(ApiContext);
  if (!api) throw new Error("useApi outside of ApiContext");
  return api;
}
