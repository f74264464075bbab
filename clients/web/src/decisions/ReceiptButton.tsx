import { Button } from "@mantine/core";
import { useState } from "react";
import type { Decision } from "../gen/andon/v1/decision_pb";
import { DecisionState } from "../gen/andon/v1/decision_pb";
import { useMay } from "../session";
import { Dialog } from "../ui";
import { ReceiptView } from "./ReceiptView";

/** Shows the signed proof of how a decision ended. */
export function ReceiptButton({ decision }: { readonly decision: Decision }) {
  const may = useMay("DecisionService/GetReceipt");
  const [open, setOpen] = useState(false);
  if (!may || decision.state !== DecisionState.RESOLVED) return null;
  return (
    <>
      <Button variant="default" size="xs" onClick={() => setOpen(true)}>
        Receipt
      </Button>
      <Dialog opened={open} onClose={() => setOpen(false)} title="Receipt" size="lg">
        {open && <ReceiptView name={decision.name} />}
      </Dialog>
    </>
  );
}
