import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { matches } from "./match";
import { keyName } from "./names";
import { type Binding, KeyRegistry } from "./registry";

let registry: KeyRegistry;

beforeEach(() => {
  registry = new KeyRegistry();
});
afterEach(() => document.body.replaceChildren());

function bind(binding: Partial<Binding> = {}): ReturnType<typeof vi.fn> {
  const run = vi.fn();
  registry.add({ scope: "Test", bindings: [{ keys: "a", label: "Approve", run, ...binding }] });
  return run;
}

function press(key: string, target: Element = document.body, init: KeyboardEventInit = {}): boolean {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init });
  let handled = false;
  target.addEventListener("keydown", (one) => (handled = registry.handle(one as KeyboardEvent)), { once: true });
  target.dispatchEvent(event);
  return handled;
}

function put(html: string): Element {
  document.body.innerHTML = html;
  return document.body.querySelector("[data-target]") ?? document.body;
}

describe("a stroke", () => {
  const stroke = (key: string, given: Partial<KeyboardEvent> = {}) =>
    ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...given }) as KeyboardEvent;

  test.each([
    ["a", stroke("a"), true],
    ["a", stroke("A", { shiftKey: true }), false],
    ["a", stroke("a", { ctrlKey: true }), false],
    ["a", stroke("a", { altKey: true }), false],
    ["?", stroke("?", { shiftKey: true }), true],
    ["shift+x", stroke("X", { shiftKey: true }), true],
    ["Enter", stroke("Enter"), true],
    ["Enter", stroke("Enter", { shiftKey: true }), false],
    ["mod+Enter", stroke("Enter", { ctrlKey: true }), true],
    ["mod+Enter", stroke("Enter", { metaKey: true }), false],
    ["a", stroke("A"), true],
    ["a", stroke("ф", { code: "KeyA" }), true],
    ["a", stroke("Ф", { code: "KeyA" }), true],
    ["a", stroke("Ф", { code: "KeyA", shiftKey: true }), false],
    ["a", stroke("q", { code: "KeyA" }), false],
    ["q", stroke("q", { code: "KeyA" }), true],
    ["/", stroke(".", { code: "Slash" }), false],
    ["/", stroke("/", { code: "Backslash", shiftKey: true }), true],
    ["shift+x", stroke("x", { shiftKey: true }), true],
  ])("%s", (name, given, expected) => expect(matches(name, given, false)).toBe(expected));

  test("is Command on a Mac", () => {
    expect(matches("mod+Enter", stroke("Enter", { metaKey: true }), true)).toBe(true);
    expect(matches("mod+Enter", stroke("Enter", { ctrlKey: true }), true)).toBe(false);
  });

  test("is written as it stands on the key", () => {
    expect(keyName("mod+Enter")).toBe("Ctrl Enter");
    expect(keyName("+")).toBe("+");
  });
});

describe("a binding", () => {
  test("runs, and the last one of a key wins", () => {
    const first = bind();
    const last = bind();
    expect(press("a")).toBe(true);
    expect(first).not.toHaveBeenCalled();
    expect(last).toHaveBeenCalledOnce();
  });

  test("comes first where it says so, whatever is mounted later; the others are not listed", () => {
    const first = bind({ first: true });
    const later = bind();
    press("a");
    expect(first).toHaveBeenCalledOnce();
    expect(later).not.toHaveBeenCalled();
    expect(registry.groups().flatMap((group) => group.bindings)).toHaveLength(1);
  });

  test("is out of force when it has been ended or disabled", () => {
    const disabled = bind({ disabled: true });
    const ended = vi.fn();
    registry.add({ scope: "Test", bindings: [{ keys: "a", label: "", run: ended }] })();
    expect(press("a")).toBe(false);
    expect(disabled).not.toHaveBeenCalled();
    expect(ended).not.toHaveBeenCalled();
  });

  test.each([
    "<input data-target>",
    "<textarea data-target></textarea>",
    "<select data-target></select>",
    '<div role="menu"><button data-target></button></div>',
  ])("is silent in %s", (html) => {
    const target = put(html);
    const run = bind();
    const typing = bind({ keys: "mod+Enter", whileTyping: true });
    expect(press("a", target)).toBe(false);
    expect(run).not.toHaveBeenCalled();
    press("Enter", target, { ctrlKey: true });
    expect(typing).toHaveBeenCalledOnce();
  });

  test("works on a checkbox, and leaves arrows to radio buttons", () => {
    const run = bind();
    expect(press("a", put('<input type="checkbox" data-target>'))).toBe(true);
    expect(run).toHaveBeenCalledOnce();
    bind({ keys: "ArrowDown" });
    expect(press("ArrowDown", put('<input type="radio" data-target>'))).toBe(false);
  });

  test("is silent while a dialog is open, unless it belongs to it", () => {
    put('<div role="dialog" aria-modal="true"></div>');
    const run = bind();
    const inside = bind({ keys: "y", inDialog: true });
    expect(press("a")).toBe(false);
    expect(press("y")).toBe(true);
    expect(run).not.toHaveBeenCalled();
    expect(inside).toHaveBeenCalledOnce();
  });

  test("does not hear the key that closes a dialog", () => {
    put('<div role="dialog" aria-modal="true"></div>');
    const run = bind({ keys: "Escape" });
    const event = new KeyboardEvent("keydown", { key: "Escape" });
    registry.foresee(event);
    put("");
    expect(registry.handle(event)).toBe(false);
    expect(run).not.toHaveBeenCalled();
  });

  test("is no single character where those are turned off, and is not listed then", () => {
    const run = bind();
    const both = bind({ keys: ["z", "Escape"] });
    registry.allowCharacters(false);
    expect(press("a")).toBe(false);
    expect(press("z")).toBe(false);
    expect(press("Escape")).toBe(true);
    expect(both).toHaveBeenCalledOnce();
    expect(registry.groups().flatMap((group) => group.bindings.map((one) => one.keys))).toEqual([["Escape"]]);
    registry.allowCharacters(true);
    expect(press("a")).toBe(true);
    expect(run).toHaveBeenCalledOnce();
  });

  test("says which keys mean something", () => {
    bind();
    bind({ keys: "b", disabled: true });
    const stroke = (key: string) => registry.isBound(new KeyboardEvent("keydown", { key }));
    expect([stroke("a"), stroke("b"), stroke("t")]).toEqual([true, false, false]);
  });

  test("leaves Enter to the button or link that has the focus", () => {
    const run = bind({ keys: "Enter" });
    expect(press("Enter", put("<button data-target></button>"))).toBe(false);
    expect(press("Enter", put("<p data-target></p>"))).toBe(true);
    expect(run).toHaveBeenCalledOnce();
  });
});
