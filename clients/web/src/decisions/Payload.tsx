import { type ReactNode, useMemo, useState } from "react";

import type { Decision } from "../gen/andon/v1/decision_pb";
import type { Presentation } from "../gen/andon/v1/task_pb";
import { brokenKey } from "../task/model/cover";
import { decisionFields, type Field, raisedFlags } from "../task/model/fields";
import { isMasked } from "../task/model/masked";
import { Decisive } from "../task/view/Decisive";
import { FieldList } from "../task/view/FieldList";
import { Kept } from "../task/view/Kept";
import { Revealed } from "../task/view/Revealed";
import { ScreenContext, type ScreenState } from "../task/view/screen";
import { useComfort } from "../task/view/useComfort";
import { Badge, KeyValue, Section } from "../ui";
import classes from "./decision.module.css";
import { modelName } from "./names";
import { erasedWords, exactPercent } from "./words";

interface PayloadProps {
  readonly decision: Decision;
  /** The policy's word on how fields are shown; undefined where the caller may not see the task. */
  readonly presentation: Presentation | undefined;
}

/** What was proposed: the proposal, what the AI saw, how sure it was, and why. */
export function Payload({ decision, presentation }: PayloadProps) {
  const fields = useMemo(() => decisionFields(decision, presentation), [decision, presentation]);
  const isEmpty = Object.keys(decision.prediction ?? {}).length === 0;
  const gone = erasedWords(decision);
  const flags = [...(decision.attributes?.irreversible ? ["Irreversible"] : []), ...raisedFlags(decision.attributes)];
  return (
    <Screen>
      <Section title="What the AI proposed" aside={<Flags flags={flags} />}>
        {presentation?.effect && !gone && (
          <p className={classes.lead}>
            <Revealed text={presentation.effect} />
          </p>
        )}
        {!gone && <Decisive fields={fields.decisive} />}
        {isEmpty ? (
          <p className={classes.sub}>{gone || "The AI proposed nothing beyond the action."}</p>
        ) : (
          <Part title="Proposal" fields={fields.prediction} />
        )}
        <Part title="Attributes" fields={fields.attributes} />
        <div className={classes.facts}>
          <KeyValue
            items={[
              ["Confidence", decision.confidence === undefined ? null : exactPercent(decision.confidence)],
              ["Model", modelName(decision.model) || null],
            ]}
          />
        </div>
        {decision.reasoning !== "" && (
          <>
            <h3 className={classes.part}>Reasoning</h3>
            <p className={classes.reasoning}>
              {isMasked("reasoning", decision.reasoning, decision.maskedFields) ? (
                <Kept />
              ) : (
                <Revealed text={decision.reasoning} />
              )}
            </p>
          </>
        )}
      </Section>
      <Section title="What the AI saw">
        {fields.input.length === 0 ? (
          <p className={classes.sub}>{gone || "No input was given."}</p>
        ) : (
          <FieldList fields={fields.input} />
        )}
      </Section>
    </Screen>
  );
}

function Part({ title, fields }: { readonly title: string; readonly fields: readonly Field[] }) {
  if (fields.length === 0) return null;
  return (
    <>
      <h3 className={classes.part}>{title}</h3>
      <FieldList fields={fields} />
    </>
  );
}

function Flags({ flags }: { readonly flags: readonly string[] }) {
  return (
    <span className={classes.flags}>
      {flags.map((flag) => (
        <Badge key={flag} tone="warn">
          {flag}
        </Badge>
      ))}
    </span>
  );
}

/** What was opened and uncovered here; covered is what is covered in a task. */
function Screen({ children }: { readonly children: ReactNode }) {
  const comfort = useComfort();
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const screen: ScreenState = {
    opened,
    open: (key) => setOpened((before) => new Set([...before, key])),
    fail: (path, hasFailed) =>
      setOpened((before) => {
        const others = [...before].filter((key) => key !== brokenKey(path));
        return new Set(hasFailed ? [...others, brokenKey(path)] : others);
      }),
    isReadOnly: true,
    comfort,
    reader: {},
  };
  return <ScreenContext value={screen}>{children}</ScreenContext>;
}
