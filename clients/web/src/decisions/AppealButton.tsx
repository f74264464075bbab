import { Button } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { type Decision, Outcome } from "../gen/andon/v1/decision_pb";
import { useMay, useSession } from "../session";
import { isEnded } from "./useDecision";

const AppealDialog = lazy(() => import("./AppealDialog"));

interface Props {
  readonly decision: Decision;
  readonly onAppealed: () => void;
}

/** Contests the end of a decision: for who submitted it, whom it was submitted for, and who leads. */
export function AppealButton({ decision, onAppealed }: Props) {
  const may = useMay("DecisionService/AppealDecision");
  const { principal, roles } = useSession();
  const [isOpen, setOpen] = useState(false);
  const isTheirs =
    [decision.submitter, decision.onBehalfOf].includes(principal) ||
    roles.some((role) => role === "lead" || role === "admin");
  const isWithdrawn = decision.resolution?.outcome === Outcome.CANCELLED;
  const isErased = decision.eraseTime !== undefined;
  if (!may || !isTheirs || isWithdrawn || isErased || !isEnded(decision)) return null;
  return (
    <>
      <Button variant="default" size="xs" onClick={() => setOpen(true)}>
        Appeal
      </Button>
      {isOpen && (
        <Suspense fallback={null}>
          <AppealDialog
            name={decision.name}
            onClose={(isAppealed) => {
              setOpen(false);
              if (isAppealed) onAppealed();
            }}
          />
        </Suspense>
      )}
    </>
  );
}
