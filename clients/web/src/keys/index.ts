/**
 * The keyboard, in one place. `useKeys("Task", [{ keys: "a", label: "Approve", run }])` puts bindings in force while the
 * component is shown; `?` lists exactly those. Keys: a character as `event.key` gives it (`a`, `?`, `/`), a name
 * (`Enter`, `Escape`, `ArrowDown`), or with modifiers `mod+Enter` (Ctrl or, on a Mac, Command) and `shift+x`.
 * Where a key is bound twice, the binding mounted last wins, unless one comes `first`. Nothing is caught while somebody types, except bindings
 * with `whileTyping`; nothing while a dialog is open, except what is bound inside of it (`inDialog`).
 */
export { characterOf, isCharacter, matches } from "./match";
export { keyName } from "./names";
export { type Binding, isFocusFree, isTyping, KeyRegistry, keys } from "./registry";
export { useBindings, useKeys } from "./useKeys";
