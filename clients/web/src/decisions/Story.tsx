import { Button } from "@mantine/core";
import type { Refusal } from "../api";
import { hrefOf } from "../app/route";
import { DecisionState } from "../gen/andon/v1/decision_pb";
import { useKeys } from "../keys";
import { useMay } from "../session";
import { isMasked } from "../task/model/masked";
import { Kept } from "../task/view/Kept";
import { Copy, ErrorNotice } from "../ui";
import { AppealButton } from "./AppealButton";
import { Appeals } from "./Appeals";
import classes from "./decision.module.css";
import { Ending } from "./Ending";
import { idOf, shareable } from "./names";
import { Payload } from "./Payload";
import { Proof } from "./Proof";
import { ReceiptButton } from "./ReceiptButton";
import { RoutingReasons } from "./RoutingReasons";
import { StatusBadge } from "./StatusBadge";
import { Succession } from "./Succession";
import { Timeline } from "./Timeline";
import type { Told } from "./useDecision";
import { Waits } from "./Waits";

interface StoryProps {
  readonly told: Told;
  readonly refusal: Refusal | undefined;
  readonly onReload: () => void;
}

/** What was proposed, why it was routed so, what people decided, and how it ended. */
export function Story({ told: { decision, events, task }, refusal, onReload }: StoryProps) {
  const id = idOf(decision.name);
  const maySubmit = useMay("DecisionService/Submit?validate_only");
  const mayTry = useMay("PolicyService/ListPolicies") && maySubmit;
  const subject = decision.attributes?.subject ?? "";
  useKeys("Decision", [{ keys: "r", label: "Read it anew", run: onReload }]);
  return (
    <article className={classes.page}>
      <header className={classes.header}>
        <div>
          <h1>
            {decision.action} <StatusBadge decision={decision} />
          </h1>
          <p className={classes.sub}>
            {subject !== "" && (
              <>
                about{" "}
                {isMasked("attributes.subject", subject, decision.maskedFields) ? (
                  <Kept />
                ) : (
                  <a href={hrefOf("decisions", "", new URLSearchParams({ subject }))}>{subject}</a>
                )}
                ,{" "}
              </>
            )}
            submitted by {decision.submitter}
            {decision.onBehalfOf !== "" && <> on behalf of {decision.onBehalfOf}</>}
          </p>
          <Succession decision={decision} />
        </div>
        <nav className={classes.tools} aria-label="Decision">
          <Copy label="Copy link" text={shareable(hrefOf("decisions", id))} />
          <ReceiptButton decision={decision} />
          <AppealButton decision={decision} onAppealed={onReload} />
          <Button variant="default" size="xs" onClick={() => window.print()}>
            Print
          </Button>
          {mayTry && (
            <a href={hrefOf("policies", "", new URLSearchParams({ try: id }))}>What would today’s policy say?</a>
          )}
        </nav>
      </header>
      {refusal && <ErrorNotice refusal={refusal} title="It could not be read anew; this is what was read before" />}
      <div className={classes.columns}>
        <div>
          {decision.state === DecisionState.RESOLVED ? (
            <Ending decision={decision} />
          ) : (
            <Waits decision={decision} task={task} />
          )}
          <Appeals decision={decision} />
          <RoutingReasons decision={decision} />
          <Timeline events={events} decision={decision} />
        </div>
        <div>
          <Payload decision={decision} presentation={task?.presentation} />
        </div>
      </div>
      <Proof decision={decision} events={events} />
    </article>
  );
}
