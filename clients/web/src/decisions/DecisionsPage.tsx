import { Button } from "@mantine/core";
import { useCallback, useEffect, useRef, useState } from "react";

import { hrefOf, navigate, useRoute } from "../app/route";
import { useKeys } from "../keys";
import { useMay } from "../session";
import { Copy } from "../ui";
import { ConditionPills } from "./ConditionPills";
import { conditionsOf } from "./conditions";
import classes from "./decisions.module.css";
import { Filters } from "./Filters";
import { faults } from "./filter";
import { NotAllowed } from "./NotAllowed";
import { shareable } from "./names";
import { EVERYTHING, parseQuery, type Query, writeQuery } from "./query";
import { Results } from "./Results";
import { SearchBox } from "./SearchBox";

/** Search and filter all decisions that the caller may see. The search is in the address, so that it can be shared. */
export default function DecisionsPage() {
  const params = useRoute().query.toString();
  const query = parseQuery(new URLSearchParams(params));
  const may = useMay("DecisionService/ListDecisions");
  const change = useChange(query);
  const changeText = useCallback((text: string) => change({ text }), [change]);
  const conditions = conditionsOf(query);
  const [open, setOpen] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  useKeys("Decisions", [
    { keys: "/", label: "Search", run: () => focusOn(search.current) },
    { keys: "f", label: "Show or hide the filters", run: () => setOpen((before) => !before) },
  ]);
  if (!may) return <NotAllowed what="Decisions" who="submitters (their own), reviewers, leads, auditors and admins" />;
  const wrong = faults(query);
  return (
    <div className={classes.page}>
      <h1 className={classes.heading}>Decisions</h1>
      <search className={classes.search}>
        <SearchBox value={query.text} error={wrong.text} inputRef={search} onChange={changeText} />
        <Button variant="default" aria-expanded={open} onClick={() => setOpen(!open)}>
          Filters{conditions.length > 0 ? ` (${conditions.length})` : ""}
        </Button>
        <Copy label="Copy link" text={shareable(hrefOf("decisions", "", writeQuery(query)))} />
      </search>
      {open && <Filters query={query} wrong={wrong} onChange={change} />}
      <ConditionPills
        conditions={conditions}
        onChange={change}
        onClear={() => change({ ...EVERYTHING, text: query.text })}
      />
      {Object.keys(wrong).length === 0 && <Results address={writeQuery(query).toString()} />}
    </div>
  );
}

function focusOn(input: HTMLInputElement | null): void {
  input?.focus();
  input?.select();
}

/** Changes members of the search in the address, without a step to go back for each. */
function useChange(query: Query): (part: Partial<Query>) => void {
  const latest = useRef(query);
  useEffect(() => {
    latest.current = query;
  });
  return useCallback((part) => {
    navigate(hrefOf("decisions", "", writeQuery({ ...latest.current, ...part })), true);
  }, []);
}
