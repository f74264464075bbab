import { lazy, type ReactNode } from "react";
import { Desk } from "../inbox";
import { useMay } from "../session";
import { Empty } from "../ui/Empty";
import type { Page, Route } from "./route";

const DecisionsPage = lazy(() => import("../decisions/DecisionsPage"));
const DecisionPage = lazy(() => import("../decisions/DecisionPage"));
const InsightPage = lazy(() => import("../insight/InsightPage"));
const PoliciesPage = lazy(() => import("../policies/PoliciesPage"));
const HelpPage = lazy(() => import("./HelpPage"));

/** The inbox, for those who may see one. */
function Inbox({ open }: { readonly open: string | null }) {
  const may = useMay("ReviewService/Stream");
  if (may) return <Desk open={open} />;
  return <Empty title="Your role has no inbox">Tasks are for reviewers, leads and auditors.</Empty>;
}

/** What a page is called in the navigation and the title. */
export const TITLES: Record<Page, string> = {
  inbox: "Inbox",
  tasks: "Inbox",
  decisions: "Decisions",
  insight: "Insight",
  policies: "Policies",
  help: "Help",
};

/** What is shown at an address. The inbox and a task come with the first load, the rest when it is asked for. */
export function pageOf({ page, id }: Route): ReactNode {
  switch (page) {
    case "inbox":
    case "tasks":
      return <Inbox open={page === "tasks" ? `tasks/${id}` : null} />;
    case "decisions":
      return id ? <DecisionPage key={id} name={`decisions/${id}`} /> : <DecisionsPage />;
    case "insight":
      return <InsightPage />;
    case "policies":
      return <PoliciesPage />;
    case "help":
      return <HelpPage />;
  }
}
