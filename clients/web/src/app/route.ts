import { useSyncExternalStore } from "react";

/**
 * Addresses: `#/inbox`, `#/tasks/ID`, `#/decisions`, `#/decisions/ID`, `#/insight`, `#/policies`, `#/help`. What follows
 * a `?` inside the fragment is the page's own, such as a filter.
 */
export const PAGES = ["inbox", "tasks", "decisions", "insight", "policies", "help"] as const;
export type Page = (typeof PAGES)[number];

export interface Route {
  readonly page: Page;
  /** What stands after the page, or empty: `tasks/ID` has `ID`. */
  readonly id: string;
  readonly query: URLSearchParams;
}

/** The route of a fragment; the inbox where it is none of ours. */
export function parseRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [first = "", ...rest] = path.split("/");
  const page = PAGES.find((name) => name === first) ?? "inbox";
  const id = safeDecode(rest.join("/"));
  return page === "tasks" && !id ? parseRoute("#/inbox") : { page, id, query: new URLSearchParams(search) };
}

/** The address of a page: `hrefOf("decisions", id)`. */
export function hrefOf(page: Page, id = "", query?: URLSearchParams): string {
  const search = query?.toString();
  return `#/${page}${id ? `/${id.split("/").map(encodeURIComponent).join("/")}` : ""}${search ? `?${search}` : ""}`;
}

/** The address of a resource by its name: `tasks/ID`, `decisions/ID`. */
export function hrefOfName(name: string): string {
  return `#/${name}`;
}

/** Goes there; with `replace`, without a step to go back. */
export function navigate(href: string, replace = false): void {
  if (replace) {
    window.history.replaceState(null, "", href);
    window.dispatchEvent(new HashChangeEvent("hashchange"));
  } else window.location.hash = href;
}

/** Where the page is. */
export function useRoute(): Route {
  return useSyncExternalStore(subscribe, read);
}

let known: { hash: string; route: Route } = { hash: "", route: parseRoute("") };

function read(): Route {
  const { hash } = window.location;
  if (hash !== known.hash) known = { hash, route: parseRoute(hash) };
  return known.route;
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
