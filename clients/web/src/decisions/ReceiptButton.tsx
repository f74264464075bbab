import { Button } from "@mantine/core";
import { useState } from "react";
import type { Decision } from "../gen/andon/v1/decision_pb";
import { DecisionState } from "../gen/andon/v1/decision_pb";
import { useMay } from "../session";
import { Dialog } from "../ui";
import { ReceiptView } from "./ReceiptView";

interface ReceiptButtonProps {
  readonly decision: Decision;
  readonly level?: number;
}

/** Shows the signed proof of how a decision ended, or an appeal against it (`level` from 1). */
export function ReceiptButton({ decision, level = 0 }: ReceiptButtonProps) {
  const may = useMay("DecisionService/GetReceipt");
  const [open, setOpen] = useState(false);
  if (!may || decision.state !== DecisionState.RESOLVED) return null;
  return (
    <>
      <Button variant="default" size="xs" onClick={() => setOpen(true)}>
        {level === 0 ? "Receipt" : "Receipt of the appeal"}
      </Button>
      <Dialog
        opened={open}
        onClose={() => setOpen(false)}
        title={level === 0 ? "Receipt" : `Receipt of the appeal, level ${level}`}
        size="lg"
      >
        {open && <ReceiptView name={decision.name} level={level} />}
      </Dialog>
    </>
  );
}
