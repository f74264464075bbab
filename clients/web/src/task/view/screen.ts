import { createContext, use } from "react";
import type { Comfort, Opened } from "../model/cover";
import type { Reader } from "../model/format";

/** What the fields of one task share: what is opened, and how this person wants it shown. */
export interface ScreenState {
  readonly opened: Opened;
  readonly open: (key: string) => void;
  /** Tells that an image could not be loaded, or is tried again. */
  readonly fail: (path: string, hasFailed: boolean) => void;
  /** Whether nothing is decided there. */
  readonly isReadOnly?: boolean;
  readonly comfort: Comfort;
  readonly reader: Reader;
}

export const ScreenContext = createContext<ScreenState | null>(null);

export function useScreen(): ScreenState {
  const screen = use(ScreenContext);
  if (!screen) throw new Error("useScreen outside of ScreenContext");
  return screen;
}
