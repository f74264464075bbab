import { formatShare } from "../../format";
import type { Decision } from "../../gen/andon/v1/decision_pb";
import type { Task } from "../../gen/andon/v1/task_pb";
import { KeyValue, Moment } from "../../ui";
import { Confidence } from "./Confidence";
import { Revealed } from "./Revealed";

/** Who proposes it and how sure they are. */
export function Model({ task, decision }: { readonly task: Task; readonly decision: Decision }) {
  const { model, confidence, routing } = decision;
  const name = model?.name ? `${model.name}${model.version ? ` ${model.version}` : ""}` : null;
  return (
    <KeyValue
      items={[
        [
          "Confidence",
          confidence === undefined ? null : <Confidence key="c" share={confidence} threshold={routing?.threshold} />,
        ],
        ["Threshold", routing?.threshold === undefined ? null : formatShare(routing.threshold)],
        ["Model", name && <Revealed text={name} />],
        ["Submitted by", <Revealed key="s" text={decision.submitter} />],
        ["On behalf of", decision.onBehalfOf ? <Revealed key="o" text={decision.onBehalfOf} /> : null],
        ["Submitted", <Moment key="m" at={decision.createTime} />],
        ["Action", <code key="a">{decision.action}</code>],
        ["Policy", routing?.policy || null],
        ["Queue", task.queue],
        ["Skills", task.skills.join(", ") || null],
        ["Group", task.group || null],
      ]}
    />
  );
}
