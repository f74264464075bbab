import { timestampMs } from "@bufbuild/protobuf/wkt";
import { type RefObject, useCallback, useMemo, useRef, useState } from "react";
import type { Decision } from "../../gen/andon/v1/decision_pb";
import type { Task } from "../../gen/andon/v1/task_pb";
import { Section } from "../../ui";
import { Correction } from "../correct/Correction";
import { usePending } from "../desk/useDesk";
import { amountWarnings } from "../model/amounts";
import { brokenKey, keyOf } from "../model/cover";
import { effectOf, heldBecause } from "../model/reasons";
import { evidence, lines } from "../model/shown";
import { Appealed } from "./Appealed";
import { Decisive } from "./Decisive";
import { Earlier } from "./Earlier";
import { FieldList } from "./FieldList";
import { FieldValue } from "./FieldValue";
import { HEADLINE, Headline } from "./Headline";
import { Model } from "./Model";
import { MoreTimeButton } from "./MoreTimeButton";
import { Notices } from "./Notices";
import { Proposal } from "./Proposal";
import { Revealed } from "./Revealed";
import { ScreenContext, type ScreenState } from "./screen";
import classes from "./Task.module.css";
import { Timeline } from "./Timeline";
import { useDraft } from "./useDraft";
import { useFields } from "./useFields";
import { type Judging, useJudging } from "./useJudging";
import { useMoreTime } from "./useMoreTime";
import { isOpen } from "./useTask";
import { useTaskKeys } from "./useTaskKeys";
import { useViewTime } from "./useViewTime";
import { useWriting, type Writing } from "./useWriting";
import { VerdictBar } from "./VerdictBar";
import { WhyHeld } from "./WhyHeld";

interface Props {
  readonly task: Task;
  readonly decision: Decision;
  readonly isMine: boolean;
  /** What is being written, for the page of the same task as its caller has changed it. */
  readonly writing: RefObject<Writing>;
}

const CHANGED = "PAYLOAD_CHANGED";

/** One task, decision first. */
export function TaskPage({ task, decision, isMine, writing }: Props) {
  const [wasMine, setWasMine] = useState(isMine);
  if (isMine && !wasMine) setWasMine(true);
  const { draft, change, keep, isOutdated } = useDraft(task.name, decision.payloadHash, writing.current.comment);
  const wasRefused = usePending().some((one) => one.task === task.name && one.refusal?.reason === CHANGED);
  const [isUnread, setUnread] = useState(isOutdated || wasRefused || writing.current.isOutdated);
  const [broken, setBroken] = useState<readonly string[]>([]);
  const opened = useMemo(() => new Set([...draft.opened, ...broken]), [draft.opened, broken]);
  const shownFields = useFields(task, opened);
  const { fields, reasoning, order, covers, unopened, comfort } = shownFields;
  const time = useViewTime();
  const root = useRef<HTMLDivElement>(null);
  const comment = useRef<HTMLTextAreaElement>(null);

  useWriting(writing, draft.comment, root, comment);
  const focusComment = useCallback(() => comment.current?.focus(), []);
  const focusCover = useCallback((key: string) => {
    const openers = root.current?.querySelectorAll<HTMLElement>("[data-opens]") ?? [];
    [...openers].find((opener) => opener.dataset.opens === key)?.focus();
  }, []);
  const effect = effectOf(decision, task.presentation?.effect);
  const shown = () => {
    const reasons = heldBecause(decision).map((held) => held.text);
    const screen = { format: "andon-web-task/1", payloadHash: decision.payloadHash, effect, reasons } as const;
    return evidence({ ...screen, fields: lines(order, opened, comfort) }, covers, opened, time.total());
  };
  const judging = useJudging({
    task,
    isMine,
    draft,
    change,
    keep,
    unopened,
    shown,
    isUnread,
    focusComment,
    focusCover,
  });
  const moreTime = useMoreTime(task);
  const [first] = unopened;
  const openNext = () => first && focusCover(keyOf(first));
  const isCorrecting = draft.correction !== undefined && isOpen(task);
  useTaskKeys({ judging, isCorrecting, hasUnopened: unopened.length > 0, focusComment, openNext, moreTime });

  const screen: ScreenState = {
    opened,
    open: (key) => change({ opened: [...new Set([...draft.opened, key])] }),
    fail: (path, hasFailed) =>
      setBroken((before) => [
        ...before.filter((key) => key !== brokenKey(path)),
        ...(hasFailed ? [brokenKey(path)] : []),
      ]),
    comfort,
    reader: {},
  };
  return (
    <ScreenContext value={screen}>
      <div ref={root} className={classes.view}>
        <article className={classes.scroll} aria-labelledby={HEADLINE}>
          <Notices
            task={task}
            isMine={isMine}
            wasMine={wasMine}
            refusal={judging.refusal}
            given={judging.given}
            isChanged={isUnread}
            onRead={() => {
              setUnread(false);
              if (judging.refusal?.reason === CHANGED) judging.dismiss();
              document.getElementById(HEADLINE)?.focus({ preventScroll: true });
            }}
            onLeave={judging.leave}
          />
          <Appealed task={task} decision={decision} />
          <Headline task={task} decision={decision} effect={effect}>
            {isMine && isOpen(task) && <MoreTimeButton moreTime={moreTime} isOff={judging.isOff} />}
          </Headline>
          {amountWarnings(decision.attributes, fields.decisive).map((words) => (
            <p key={words} className={classes.mismatch}>
              <span aria-hidden>⚠</span> <Revealed text={words} />
            </p>
          ))}
          {fields.decisive.length > 0 && (
            <div className={classes.decisive}>
              <Decisive fields={fields.decisive} />
            </div>
          )}
          <div className={classes.columns}>
            <div>
              {isCorrecting && (
                <CorrectionOf decision={decision} task={task} judging={judging} value={draft.correction ?? {}} />
              )}
              <Section title="Why it was held">
                <WhyHeld decision={decision} />
              </Section>
              <Proposal decision={decision} fields={fields} />
              {reasoning && (
                <Section title="The AI's reasoning">
                  <FieldValue field={reasoning} />
                </Section>
              )}
              <Section title="What the AI saw">
                {fields.input.length > 0 ? (
                  <FieldList fields={fields.input} />
                ) : (
                  <p className={classes.aside}>No input was sent.</p>
                )}
              </Section>
              {fields.attributes.length > 0 && (
                <Section title="Facts the policy read">
                  <FieldList fields={fields.attributes} />
                </Section>
              )}
            </div>
            <div>
              <Section title="The model">
                <Model task={task} decision={decision} />
              </Section>
              <Section title="Earlier decisions">
                <Earlier task={task.name} subject={decision.attributes?.subject ?? ""} />
              </Section>
              <Section title="Timeline">
                <Timeline decision={decision.name} version={versionOf(task)} />
              </Section>
            </div>
          </div>
        </article>
        {isOpen(task) && wasMine && (
          <VerdictBar
            task={task}
            judging={judging}
            comment={draft.comment}
            commentRef={comment}
            unopened={unopened.length}
            isCorrecting={isCorrecting}
            moreTime={moreTime}
            onComment={(text) => change({ comment: text })}
          />
        )}
      </div>
    </ScreenContext>
  );
}

interface CorrectionOfProps {
  readonly task: Task;
  readonly decision: Decision;
  readonly judging: Judging;
  readonly value: NonNullable<Decision["prediction"]>;
}

function CorrectionOf({ task, decision, judging, value }: CorrectionOfProps) {
  const { refusal } = judging;
  const refused = refusal?.place === "correction" ? refusal.faults : [];
  return (
    <Correction
      prediction={decision.prediction ?? {}}
      schema={task.correctionSchema}
      presentation={task.presentation}
      value={value}
      kept={decision.maskedFields}
      refused={refused.map(({ path, text }) => ({ path: path.match(/[^.[\]]+/g) ?? [], text }))}
      isUnchangedAsked={judging.isUnchangedAsked}
      onChange={judging.edit}
      onCheck={judging.check}
      onSend={() => judging.give("correct")}
      onApprove={() => judging.give("approve")}
      onDiscard={() => {
        judging.discard();
        document.getElementById(HEADLINE)?.focus({ preventScroll: true });
      }}
    />
  );
}

function versionOf(task: Task): string {
  const held = task.lease?.epoch ?? 0;
  const since = task.createTime ? timestampMs(task.createTime) : 0;
  return `${task.state} ${task.queue} ${held} ${since} ${task.extensions}`;
}
