import { Button } from "@mantine/core";
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import type { Presentation } from "../../gen/andon/v1/task_pb";
import { isFocusFree } from "../../keys";
import { Kbd, Section, Waiting } from "../../ui";
import { type Change, difference } from "../model/diff";
import type { JsonObject } from "../model/json";
import { isKeptMember, MASK } from "../model/masked";
import { shapeOf } from "../model/shape";
import { AskDiscard } from "./AskDiscard";
import classes from "./Correction.module.css";
import type { SchemaFault } from "./check";
import { Difference } from "./Difference";
import { JsonText } from "./JsonText";
import { inOrder, orderOf } from "./order";
import { useEscape } from "./useEscape";

const SchemaForm = lazy(() => import("./SchemaForm"));

interface Props {
  readonly prediction: JsonObject;
  readonly schema: JsonObject | undefined;
  readonly presentation: Presentation | undefined;
  readonly value: JsonObject;
  /** Paths of what is kept from the reviewer. A correction must leave it as it stands. */
  readonly kept?: readonly string[];
  /** What the server found wrong, until it is edited. */
  readonly refused: readonly SchemaFault[];
  /** Whether the reviewer has asked to send it as it is. */
  readonly isUnchangedAsked: boolean;
  /** The correction as edited; undefined while its text is none. */
  readonly onChange: (value: JsonObject | undefined) => void;
  /** Whether it may not be sent as it stands. Told after each rendering. */
  readonly onCheck: (isFaulty: boolean) => void;
  readonly onSend: () => void;
  readonly onApprove: () => void;
  readonly onDiscard: () => void;
}

const NONE: readonly string[] = [];

/** Edits a correction, and shows what it changes before it is sent. */
export function Correction(props: Props) {
  const { prediction, schema, value, refused, isUnchangedAsked, onSend, onApprove, onDiscard } = props;
  const form = useMemo(() => schema ?? shapeOf(prediction), [schema, prediction]);
  const [asText, setAsText] = useState(form === undefined);
  const [isBroken, setBroken] = useState(false);
  const { kept = NONE } = props;
  const faults = useFaults(schema, value, kept);
  const { presentation } = props;
  const order = useMemo(() => (form ? orderOf(form, presentation) : []), [form, presentation]);
  const changes = inOrder(difference(prediction, value), order);
  const box = useRef<HTMLDivElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const leaving = useEscape(heading, isBroken || changes.length > 0, onDiscard);
  useFirstField(box, asText);
  const isFaulty = isBroken || faults.length > 0;
  useEffect(() => props.onCheck(isFaulty));

  const change = (next: JsonObject | undefined) => {
    setBroken(next === undefined);
    props.onChange(next);
  };
  const shown = [...faults, ...refused];
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only listens to Escape from what is inside
    <div onKeyDown={leaving.onKeyDown}>
      <Section
        title="Your correction"
        headingRef={heading}
        aside={
          form && (
            <Button size="compact-sm" variant="subtle" disabled={isBroken} onClick={() => setAsText(!asText)}>
              {asText ? "Edit in a form" : "Edit as JSON"}
            </Button>
          )
        }
      >
        <div ref={box} className={classes.editor}>
          {kept.some((path) => path.startsWith("prediction")) && (
            <p className={classes.kept}>
              What stands as <code>{MASK}</code> is kept from your role. Leave it like this: it stays as it was.
            </p>
          )}
          {asText || !form ? (
            <>
              <JsonText value={value} onChange={change} />
              <Faults faults={shown} />
            </>
          ) : (
            <Suspense fallback={<Waiting label="Opening the form…" />}>
              <SchemaForm
                schema={form}
                presentation={props.presentation}
                kept={kept}
                value={value}
                faults={shown}
                onChange={change}
              />
              <Faults faults={shown.filter((fault) => fault.path.length === 0)} />
            </Suspense>
          )}
        </div>
        <Summary changes={changes} presentation={props.presentation} isAsked={isUnchangedAsked} onApprove={onApprove} />
        {leaving.isAsking ? (
          <AskDiscard onDiscard={onDiscard} onKeep={leaving.keep} />
        ) : (
          <div className={classes.actions}>
            <Button onClick={onSend} disabled={isFaulty} rightSection={<Kbd keys="mod+Enter" />}>
              Send the correction
            </Button>
            <Button
              variant="default"
              onClick={onDiscard}
              rightSection={
                <span aria-hidden>
                  <Kbd keys="Escape" />
                </span>
              }
            >
              Discard
            </Button>
          </div>
        )}
      </Section>
    </div>
  );
}

function Summary({
  changes,
  presentation,
  isAsked,
  onApprove,
}: {
  readonly changes: readonly Change[];
  readonly presentation: Presentation | undefined;
  readonly isAsked: boolean;
  readonly onApprove: () => void;
}) {
  if (changes.length > 0) return <Difference changes={changes} presentation={presentation} />;
  return (
    <div className={classes.unchanged} role={isAsked ? "alert" : "status"}>
      <p>This changes nothing yet. Sent like this, it would be an approval.</p>
      {isAsked && (
        <Button size="compact-sm" variant="default" onClick={onApprove}>
          Approve instead
        </Button>
      )}
    </div>
  );
}

function Faults({ faults }: { readonly faults: readonly SchemaFault[] }) {
  return (
    <ul className={classes.faults} role="status">
      {faults.map(({ path, text }) => (
        <li key={`${path.join(".")} ${text}`}>{[path.join("."), text].filter(Boolean).join(" ")}</li>
      ))}
    </ul>
  );
}

/** Faults by the policy's schema. The checker comes with the form's chunk. */
function useFaults(schema: JsonObject | undefined, value: JsonObject, kept: readonly string[]): SchemaFault[] {
  const [check, setCheck] = useState<typeof import("./check").check>();
  useEffect(() => {
    let isGone = false;
    void import("./check").then((module) => isGone || setCheck(() => module.check));
    return () => {
      isGone = true;
    };
  }, []);
  return useMemo(() => {
    const found = check && schema ? check(schema, value) : [];
    return found.filter(({ path }) => !(memberOf(value, path) === MASK && isKeptMember(path, kept)));
  }, [check, schema, value, kept]);
}

function memberOf(value: JsonObject, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, name) => (at as Record<string, unknown> | null | undefined)?.[name], value);
}

/** The first field takes the focus once the form is there. */
function useFirstField(box: React.RefObject<HTMLElement | null>, asText: boolean): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: another editor has another first field
  useEffect(() => {
    const focus = () => {
      const first = box.current?.querySelector<HTMLElement>("input, select, textarea");
      if (isFocusFree()) first?.focus();
      return first !== null && first !== undefined;
    };
    if (focus() || !box.current) return;
    const watcher = new MutationObserver(() => focus() && watcher.disconnect());
    watcher.observe(box.current, { childList: true, subtree: true });
    return () => watcher.disconnect();
  }, [box, asText]);
}
