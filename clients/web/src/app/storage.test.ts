import { afterEach, beforeEach, expect, test, vi } from "vitest";

beforeEach(() => {
  vi.resetModules();
  localStorage.clear();
});
afterEach(() => vi.unstubAllGlobals());

function refusing(): Storage {
  const refuse = () => {
    throw new DOMException("no room", "QuotaExceededError");
  };
  return { length: 0, clear: refuse, key: () => null, getItem: () => null, setItem: refuse, removeItem: refuse };
}

test("the browser's storage is used where it works", async () => {
  const { browserShelf, outlivesPage } = await import("./storage");
  expect(browserShelf()).toBe(localStorage);
  expect(browserShelf("sessionStorage")).toBe(sessionStorage);
  expect(outlivesPage()).toBe(true);
  expect(localStorage.length).toBe(0);
});

test("a storage that takes nothing is replaced by memory, always the same", async () => {
  vi.stubGlobal("localStorage", refusing());
  const { browserShelf, outlivesPage } = await import("./storage");
  browserShelf().setItem("a", "1");
  expect(browserShelf().getItem("a")).toBe("1");
  expect(outlivesPage()).toBe(false);
});

test("a storage that is full is still read", async () => {
  vi.stubGlobal("localStorage", { ...refusing(), length: 1, getItem: () => "kept" });
  const { browserShelf, outlivesPage } = await import("./storage");
  expect(browserShelf().getItem("a")).toBe("kept");
  expect(outlivesPage()).toBe(true);
});
