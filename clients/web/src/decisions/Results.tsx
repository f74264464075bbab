import { Button } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useState } from "react";

import { hrefOfName, navigate } from "../app/route";
import type { Decision } from "../gen/andon/v1/decision_pb";
import { useKeys } from "../keys";
import { Empty, ErrorNotice } from "../ui";
import { DecisionCards } from "./DecisionCards";
import { DecisionTable } from "./DecisionTable";
import { SearchFoot } from "./SearchFoot";
import { type Search, useSearch } from "./useSearch";

const NARROW = "(max-width: 48em)";

/** What was found for the address' parameters, newest first: a table, or cards where the screen is narrow. */
export function Results({ address }: { readonly address: string }) {
  const search = useSearch(address);
  const { found } = search.progress;
  const narrow = useMediaQuery(NARROW, false, { getInitialValueInEffect: false });
  const [selected, setSelected] = useSelection(found);
  useResultKeys(search, selected, setSelected);
  const List = narrow ? DecisionCards : DecisionTable;
  return (
    <>
      {found.length > 0 && <List decisions={found} selected={selected} onSelect={setSelected} />}
      {isNothing(search) && (
        <Empty title={address === "" ? "No decisions yet" : "No decision matches"}>
          {address === ""
            ? "What services submit is listed here."
            : "Take a filter away, or look further back in time."}
        </Empty>
      )}
      {search.refusal && (
        <ErrorNotice refusal={search.refusal} title="The search failed">
          <Button size="xs" variant="default" onClick={search.again}>
            Search again
          </Button>
        </ErrorNotice>
      )}
      <SearchFoot search={search} />
    </>
  );
}

function useResultKeys(search: Search, selected: number, select: (index: number) => void): void {
  const { found, token } = search.progress;
  const move = (by: number) => select(Math.max(0, Math.min(found.length - 1, selected + by)));
  useKeys("Decisions found", [
    { keys: ["j", "ArrowDown"], label: "Next decision", run: () => move(1), disabled: found.length === 0 },
    { keys: ["k", "ArrowUp"], label: "Previous decision", run: () => move(-1), disabled: found.length === 0 },
    { keys: "Enter", label: "Open the decision", run: () => open(found[selected]), disabled: selected < 0 },
    { keys: "o", label: "Load older decisions", run: search.older, disabled: search.searching || token === "" },
    { keys: "r", label: "Search anew", run: search.again },
  ]);
}

/** The selected place; -1 for none. It follows its decision when more are found. */
function useSelection(found: readonly Decision[]): readonly [number, (index: number) => void] {
  const [name, setName] = useState("");
  const index = found.findIndex((decision) => decision.name === name);
  return [index, (wanted) => setName(found[wanted]?.name ?? "")];
}

function isNothing({ progress, searching, refusal }: Search): boolean {
  return progress.found.length === 0 && progress.token === "" && !searching && refusal === undefined;
}

function open(decision: Decision | undefined): void {
  if (decision) navigate(hrefOfName(decision.name));
}
