import { NativeSelect } from "@mantine/core";

import { DecisionState, Outcome, Route } from "../gen/andon/v1/decision_pb";
import { DraftInput } from "./DraftInput";
import classes from "./decisions.module.css";
import type { faults } from "./filter";
import type { Query } from "./query";
import { RangePicker } from "./RangePicker";
import { OUTCOME_WORDS, ROUTE_WORDS } from "./words";

interface FiltersProps {
  readonly query: Query;
  readonly wrong: ReturnType<typeof faults>;
  readonly onChange: (change: Partial<Query>) => void;
}

const ANY = { value: "0", label: "Any" };
const STATES = [
  ANY,
  { value: `${DecisionState.PENDING}`, label: "Open" },
  { value: `${DecisionState.RESOLVED}`, label: "Ended" },
];
const TEXTS = [
  ["action", "Action", "refund.issue or refund.*"],
  ["subject", "Subject", "customers/4711"],
  ["submitter", "Submitter", "shop"],
  ["model", "Model", "NAME or NAME@VERSION"],
  ["rule", "Rule", "high-value"],
  ["resolvedBy", "Resolved by", "ada, rule:…, deadline"],
] as const;

/** All conditions of a search beside its free text. */
export function Filters({ query, wrong, onChange }: FiltersProps) {
  return (
    <fieldset className={classes.filters}>
      <legend className={classes.hidden}>Filters</legend>
      <RangePicker range={query.range} error={wrong.range} onChange={(range) => onChange({ range })} />
      <NativeSelect
        size="xs"
        label="State"
        data={STATES}
        value={query.state}
        onChange={(event) => onChange({ state: Number(event.currentTarget.value) })}
      />
      <NativeSelect
        size="xs"
        label="Outcome"
        data={[ANY, ...choices(OUTCOME_WORDS)]}
        value={query.outcome ?? Outcome.UNSPECIFIED}
        onChange={(event) => onChange({ outcome: Number(event.currentTarget.value) })}
      />
      <NativeSelect
        size="xs"
        label="Route"
        data={[ANY, ...choices(ROUTE_WORDS)]}
        value={query.route ?? Route.UNSPECIFIED}
        onChange={(event) => onChange({ route: Number(event.currentTarget.value) })}
      />
      {TEXTS.map(([field, label, placeholder]) => (
        <DraftInput
          key={field}
          label={label}
          placeholder={placeholder}
          value={query[field]}
          error={wrong[field]}
          onChange={(text) => onChange({ [field]: text })}
        />
      ))}
    </fieldset>
  );
}

function choices(words: Readonly<Record<string, string | undefined>>): { value: string; label: string }[] {
  return Object.entries(words).map(([value, label = ""]) => ({ value, label }));
}
