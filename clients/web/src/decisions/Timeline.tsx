import { formatDateTime } from "../format";
import type { Decision } from "../gen/andon/v1/decision_pb";
import type { DecisionEvent } from "../gen/andon/v1/decision_service_pb";
import { Revealed } from "../task/view/Revealed";
import { Section } from "../ui";
import { Changes } from "./Changes";
import classes from "./decision.module.css";
import { type Scene, toScenes } from "./story";
import { spanWords } from "./words";

interface TimelineProps {
  readonly events: readonly DecisionEvent[];
  readonly decision: Decision;
}

/** What has happened, oldest first: who, when, what they saw, said and changed. */
export function Timeline({ events, decision }: TimelineProps) {
  const scenes = toScenes(events, decision);
  return (
    <Section title="What happened">
      <ol className={classes.timeline} aria-label="Timeline">
        {scenes.map((scene, index) => (
          <li key={scene.key} data-tone={scene.tone}>
            <Moment scene={scene} before={scenes[index - 1]} />
          </li>
        ))}
      </ol>
    </Section>
  );
}

function Moment({ scene, before }: { readonly scene: Scene; readonly before: Scene | undefined }) {
  const { text, time, comment, facts, changes } = scene;
  return (
    <>
      <p className={classes.moment}>
        <strong>
          <Revealed text={text} />
        </strong>
        {time && <time dateTime={time.toISOString()}>{formatDateTime(time.getTime())}</time>}
        <span className={classes.sub}>{laterWords(scene, before)}</span>
      </p>
      {comment !== "" && (
        <blockquote className={classes.comment}>
          <Revealed text={comment} />
        </blockquote>
      )}
      <Changes changes={changes} />
      {facts.length > 0 && (
        <dl className={classes.facts}>
          {facts.map(({ name, value, code }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{code ? <code>{value}</code> : value}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

function laterWords({ time }: Scene, before: Scene | undefined): string {
  const span = time === undefined || before?.time === undefined ? 0 : time.getTime() - before.time.getTime();
  return span < 1 ? "" : `${spanWords(span)} later`;
}
