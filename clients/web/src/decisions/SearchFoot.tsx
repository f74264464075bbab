import { Button } from "@mantine/core";

import classes from "./decisions.module.css";
import type { Progress } from "./search";
import { momentText } from "./timeRange";
import type { Search } from "./useSearch";

/** How much was found and how far back, and a way further. */
export function SearchFoot({ search: { progress, searching, refusal, older } }: { readonly search: Search }) {
  return (
    <footer className={classes.foot}>
      <p role="status">{refusal === undefined || progress.found.length > 0 ? footWords(progress, searching) : ""}</p>
      {progress.token !== "" && !searching && refusal === undefined && (
        <Button variant="default" size="xs" onClick={older}>
          {progress.emptySteps > 0 ? "Search further back" : "Load older"}
        </Button>
      )}
    </footer>
  );
}

/** The state of a search in one sentence. */
export function footWords({ found, token, searchedTo }: Progress, searching: boolean): string {
  const count = `${found.length} ${found.length === 1 ? "decision" : "decisions"}`;
  const back = searchedTo === undefined ? "" : ` back to ${momentText(searchedTo)}`;
  if (searching) return token === "" ? "Searching …" : `${count}${back}; searching on …`;
  if (token === "") return found.length > 0 ? `${count}; that is all` : "";
  return found.length > 0 ? `${count}${back}` : `Nothing found${back}; older decisions have not been searched yet`;
}
