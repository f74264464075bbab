import { Suspense, useRef } from "react";
import { Tray } from "../task/desk/Tray";
import { Waiting } from "../ui/Waiting";
import { Away } from "./Away";
import { Boundary } from "./Boundary";
import { KeyHelp } from "./KeyHelp";
import { Navigation } from "./Navigation";
import { pageOf, TITLES } from "./pages";
import { useRoute } from "./route";
import { SessionEnd } from "./SessionEnd";
import classes from "./Shell.module.css";
import { TopBar } from "./TopBar";
import { useFocusOnChange } from "./useFocusOnChange";
import { useTitle } from "./useTitle";

/** What stands around every page. */
export function Shell() {
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  // The inbox with a task open is the same place: it keeps its search, and what is typed there.
  const place = route.page === "tasks" || route.page === "inbox" ? "inbox" : `${route.page}/${route.id}`;
  useTitle(TITLES[route.page]);
  useFocusOnChange(main, place);
  return (
    <div className={classes.shell}>
      <button type="button" className={classes.skip} onClick={() => main.current?.focus()}>
        Skip to the page
      </button>
      <div>
        <TopBar page={route.page} />
        <Away />
        <SessionEnd />
      </div>
      <main ref={main} tabIndex={-1} className={classes.main} aria-label={TITLES[route.page]} data-page={route.page}>
        <Boundary key={place}>
          <Suspense fallback={<Waiting />}>{pageOf(route)}</Suspense>
        </Boundary>
      </main>
      <div className={classes.bottom}>
        <Navigation page={route.page} />
      </div>
      <KeyHelp />
      <Tray />
    </div>
  );
}
