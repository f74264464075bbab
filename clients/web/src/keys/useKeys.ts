import { useEffect, useRef, useSyncExternalStore } from "react";
import { type Binding, type Group, keys } from "./registry";

/** Puts bindings in force while the component is shown. They may be made anew at each rendering. */
export function useKeys(scope: string, bindings: readonly Binding[]): void {
  const latest = useRef(bindings);
  useEffect(() => {
    latest.current = bindings;
  });
  const signature = bindings
    .map((one) => `${one.keys}|${one.label}|${!!one.disabled}|${!!one.hidden}|${!!one.first}`)
    .join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the signature says when the bindings are others
  useEffect(() => {
    const stable = latest.current.map((binding, index) => ({
      ...binding,
      run: (event: KeyboardEvent) => latest.current[index]?.run(event),
    }));
    return keys.add({ scope, bindings: stable });
  }, [scope, signature]);
}

/** What is in force now, by heading. */
export function useBindings(): readonly Group[] {
  return useSyncExternalStore(keys.subscribe, keys.groups);
}
