import { isCharacter, matches } from "./match";

/** One key, or several that do the same, and what it does. */
export interface Binding {
  readonly keys: string | readonly string[];
  readonly label: string;
  readonly run: (event: KeyboardEvent) => void;
  /** Not in force, and not listed, while true. */
  readonly disabled?: boolean;
  /** In force also while somebody types. */
  readonly whileTyping?: boolean;
  /** In force also while a dialog is open. */
  readonly inDialog?: boolean;
  /** Comes before bindings of the same keys in other groups, also ones mounted later; those are then out of force. */
  readonly first?: boolean;
  /** Works, but is not listed: a second name for something that is. */
  readonly hidden?: boolean;
}

/** Bindings that belong together, under one heading. */
export interface Group {
  readonly scope: string;
  readonly bindings: readonly Binding[];
}

/** All bindings in force, in the order they were mounted. */
export class KeyRegistry {
  #mounted: readonly Group[] = [];
  #groups: readonly Group[] = [];
  #hasCharacters = true;
  readonly #listeners = new Set<() => void>();
  readonly #ofDialogs = new WeakSet<Event>();

  /** Puts a group in force; the answer ends it. */
  add(group: Group): () => void {
    this.#set([...this.#mounted, group]);
    return () => this.#set(this.#mounted.filter((other) => other !== group));
  }

  /** Whether single characters are keys at all; who speaks to the computer turns them off. */
  allowCharacters(allowed: boolean): void {
    this.#hasCharacters = allowed;
    this.#set(this.#mounted);
  }

  /** Sees a key stroke before anything acts on it: the one that closes a dialog is the dialog's. */
  foresee(event: Event): void {
    if (isDialogOpen()) this.#ofDialogs.add(event);
  }

  /** Runs the binding of a key stroke; whether there was one. */
  handle(event: KeyboardEvent): boolean {
    if (event.defaultPrevented || event.isComposing) return false;
    const typing = isTyping(event.target) || movesRadio(event);
    const inDialog = this.#ofDialogs.has(event) || isDialogOpen();
    const binding = this.#groups
      .flatMap((group) => group.bindings)
      .findLast((one) => isInForce(one, typing, inDialog) && names(one).some((name) => matches(name, event)));
    if (!binding || (activates(event) && !typing)) return false;
    event.preventDefault();
    binding.run(event);
    return true;
  }

  /** Whether a key stroke means anything outside of fields and dialogs. */
  isBound(event: KeyboardEvent): boolean {
    return this.#groups.some(({ bindings }) =>
      bindings.some((one) => isInForce(one, false, false) && names(one).some((name) => matches(name, event))),
    );
  }

  readonly groups = (): readonly Group[] => this.#groups;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #set(groups: readonly Group[]): void {
    this.#mounted = groups;
    this.#groups = inForce(this.#hasCharacters ? groups : withoutCharacters(groups));
    for (const listener of this.#listeners) listener();
  }
}

/** The page's bindings. */
export const keys = new KeyRegistry();
// Before any dialog is made, so that this hears a key before the dialog does.
if (typeof window !== "undefined") {
  window.addEventListener("keydown", (event) => keys.foresee(event), { capture: true });
}

/** The groups without what stands behind a binding that comes first. */
function inForce(groups: readonly Group[]): readonly Group[] {
  const firsts = groups.flatMap(({ bindings }) => bindings.filter((one) => one.first && !one.disabled));
  if (firsts.length === 0) return groups;
  const taken = new Set(firsts.flatMap(names));
  const stays = (one: Binding) => firsts.includes(one) || !names(one).some((name) => taken.has(name));
  return groups.map(({ scope, bindings }) => ({ scope, bindings: bindings.filter(stays) }));
}

function withoutCharacters(groups: readonly Group[]): readonly Group[] {
  const without = (one: Binding) => ({ ...one, keys: names(one).filter((name) => !isCharacter(name)) });
  return groups.map(({ scope, bindings }) => ({
    scope,
    bindings: bindings.map(without).filter((one) => one.keys.length > 0),
  }));
}

function names(binding: Binding): readonly string[] {
  return typeof binding.keys === "string" ? [binding.keys] : binding.keys;
}

function isInForce(binding: Binding, typing: boolean, inDialog: boolean): boolean {
  return !binding.disabled && (!typing || !!binding.whileTyping) && (!inDialog || !!binding.inDialog);
}

/** Enter and Space belong to the button or link that has the focus. */
function activates(event: KeyboardEvent): boolean {
  const plain = !event.ctrlKey && !event.metaKey;
  const target =
    event.target instanceof Element ? event.target.closest("button, a[href], summary, [role=button]") : null;
  return plain && (event.key === "Enter" || event.key === " ") && target !== null;
}

const TYPED =
  "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable=true]";
const OWN_KEYS = "[role=menu], [role=listbox], [role=combobox], [role=tablist]";

/** Whether keys that are struck there are typed, or the element's own. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && (target.matches(TYPED) || target.closest(OWN_KEYS) !== null);
}

/**
 * Whether what comes on the screen by itself may take the focus. Not while somebody types: their next letters would be
 * keys; nor out of a dialog.
 */
export function isFocusFree(): boolean {
  return !isTyping(document.activeElement) && !isDialogOpen();
}

function movesRadio(event: KeyboardEvent): boolean {
  return event.key.startsWith("Arrow") && event.target instanceof Element && event.target.matches("[type=radio]");
}

function isDialogOpen(): boolean {
  return document.querySelector("[role=dialog][aria-modal=true], [role=alertdialog], dialog[open]") !== null;
}
