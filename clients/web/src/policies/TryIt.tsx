import { Button } from "@mantine/core";
import { useEffect, useId, useRef, useState } from "react";

import { useApi } from "../api";
import { hrefOf } from "../app/route";
import { useLoaded } from "../decisions/useLoaded";
import { useKeys } from "../keys";
import { ErrorNotice, Kbd, Section, Waiting } from "../ui";
import { JsonInput } from "./JsonInput";
import { writeDecision } from "./parseDecision";
import classes from "./policies.module.css";
import { Result } from "./Result";
import { useTrial } from "./useTrial";

interface TryItProps {
  /** The id of the decision to try anew; empty for the example. */
  readonly decision: string;
  readonly example: string;
  readonly revision: string;
  /** Whether to move the focus here. */
  readonly focus: boolean;
}

/** Tries a decision against the rules in force; nothing is stored. */
export function TryIt({ decision, example, revision, focus }: TryItProps) {
  const { decisions } = useApi();
  const name = `decisions/${decision}`;
  const read = async (signal: AbortSignal) =>
    decision === "" ? undefined : (await decisions.getDecision({ name }, { signal })).decision;
  const { data, loading, refusal } = useLoaded(name, read);
  if (decision !== "" && loading) return <Waiting label="Reading the decision…" />;
  return (
    <div className={classes.try} data-first={focus || decision !== "" || undefined}>
      {refusal && <ErrorNotice refusal={refusal} title="That decision could not be read; here is an example" />}
      <Form
        first={data === undefined ? example : writeDecision(data)}
        known={data === undefined ? "" : decision}
        revision={revision}
        focus={focus}
      />
    </div>
  );
}

interface FormProps {
  readonly first: string;
  readonly known: string;
  readonly revision: string;
  readonly focus: boolean;
}

function Form({ first, known, revision, focus }: FormProps) {
  const [text, setText] = useState(first);
  const { trial, running, run } = useTrial(revision);
  const input = useRef<HTMLTextAreaElement>(null);
  const help = useId();
  useKeys("Try it", [{ keys: "mod+Enter", label: "Try this decision", run: () => void run(text), whileTyping: true }]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is shown
  useEffect(() => {
    if (known !== "") void run(first);
    if (focus) input.current?.focus();
  }, []);
  return (
    <Section title="Try it">
      <p id={help} className={classes.sub}>
        {known === "" ? (
          "A decision as JSON. It is routed by the rules in force, and nothing is stored."
        ) : (
          <>
            What today’s rules say to <a href={hrefOf("decisions", known)}>this decision</a>. Nothing is stored.
          </>
        )}
      </p>
      <JsonInput
        inputRef={input}
        text={text}
        describedBy={help}
        faults={trial?.faults ?? []}
        isStale={trial !== undefined && trial.text !== text}
        onChange={setText}
      />
      <div className={classes.actions}>
        <Button size="sm" onClick={() => void run(text)} loading={running}>
          Try this decision
        </Button>
        <Kbd keys="mod+Enter" />
        {text !== first && (
          <Button size="sm" variant="subtle" onClick={() => setText(first)}>
            Start over
          </Button>
        )}
      </div>
      {trial?.refusal && <ErrorNotice refusal={trial.refusal} title="The server refused it" />}
      {trial?.answer && <Result answer={trial.answer} isStale={trial.text !== text || trial.revision !== revision} />}
    </Section>
  );
}
