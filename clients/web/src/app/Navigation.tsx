import type { Session } from "../gen/andon/v1/session_service_pb";
import { useMineCount } from "../live";
import { useSession } from "../session";
import { mayCall } from "../session/may";
import classes from "./Navigation.module.css";
import { TITLES } from "./pages";
import { hrefOf, type Page } from "./route";

const LINKS: readonly { readonly page: Page; readonly needs: string }[] = [
  { page: "inbox", needs: "ReviewService/Stream" },
  { page: "decisions", needs: "DecisionService/ListDecisions" },
  { page: "insight", needs: "InsightService/ListQueues" },
  { page: "policies", needs: "PolicyService/ListPolicies" },
];

/** The pages that the signed-in person may see. */
export function Navigation({ page }: { readonly page: Page }) {
  const session = useSession();
  const mine = useMineCount();
  const current = page === "tasks" ? "inbox" : page;
  return (
    <nav className={classes.navigation} aria-label="Pages">
      {linksFor(session).map((link) => (
        <a key={link} href={hrefOf(link)} aria-current={link === current ? "page" : undefined}>
          {TITLES[link]}
          {link === "inbox" && mine > 0 && (
            <span className={classes.count}>
              {mine}
              <span className="sr-only"> tasks are yours</span>
            </span>
          )}
        </a>
      ))}
    </nav>
  );
}

function linksFor(session: Session): Page[] {
  return LINKS.filter((link) => mayCall(session, link.needs)).map((link) => link.page);
}
