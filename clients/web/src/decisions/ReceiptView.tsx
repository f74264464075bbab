import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { useApi } from "../api";
import { formatDateTime } from "../format";
import { useBase } from "../session";
import { Copy, ErrorNotice, KeyValue, Waiting } from "../ui";
import classes from "./decision.module.css";
import { idOf } from "./names";
import { linesOf, type Proof, prove, type Receipt, receiptOf } from "./receipt";

interface Shown {
  readonly text: string;
  readonly receipt: Receipt | null;
  readonly proof: Proof | null;
}

interface ReceiptViewProps {
  readonly name: string;
  readonly level: number;
}

/** The receipt of a decision's end, or of an appeal's: what it says, and whether this browser could prove it. */
export function ReceiptView({ name, level }: ReceiptViewProps) {
  const { decisions } = useApi();
  const base = useBase();
  const [shown, setShown] = useState<Shown>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    const stop = new AbortController();
    const keys = async () => (await fetch(`${base}/.well-known/jwks.json`, { credentials: "omit", ...stop })).json();
    const read = async () => {
      const { receipt: text } = await decisions.getReceipt({ name, level }, stop);
      const receipt = receiptOf(text);
      setShown({ text, receipt, proof: receipt && (await prove(receipt, keys)) });
    };
    read().catch((failure: unknown) => stop.signal.aborted || setError(failure));
    return () => stop.abort();
  }, [decisions, base, name, level]);

  if (error !== undefined) return <ErrorNotice error={error} title="There is no receipt to be had" />;
  if (!shown) return <Waiting />;
  const { text, receipt, proof } = shown;
  return (
    <>
      <p className={classes.proof} data-proof={proof ?? "forged"} role="status">
        {proofWords(receipt, proof)}
      </p>
      {receipt && <KeyValue items={linesOf(receipt.claims, (seconds) => formatDateTime(seconds * 1000))} />}
      <div className={classes.actions}>
        <Copy label="Copy the receipt" text={text} />
        <Button
          variant="default"
          size="xs"
          onClick={() => download(text, `receipt-${idOf(name)}${level === 0 ? "" : `-appeal-${level}`}.jws`)}
        >
          Download
        </Button>
      </div>
    </>
  );
}

function proofWords(receipt: Receipt | null, proof: Proof | null): string {
  if (!receipt) return "This is no receipt: the server sent something else.";
  const by = `signed by key ${receipt.keyId}`;
  switch (proof) {
    case "genuine":
      return `Genuine: ${by}, checked in this browser with the keys that this server gives.`;
    case "forged":
      return `Not genuine: it says that it is ${by}, but the signature does not fit. Do not trust it.`;
    case "unknown-key":
      return `Not checked: it says that it is ${by}, which is not among the server’s keys (any more).`;
    case "no-keys":
      return `Not checked: the server’s keys could not be had. It says that it is ${by}.`;
    default:
      return `Can’t be checked here: this browser has no Ed25519, or the page did not come over https. It says that it is ${by}; “andon receipt verify” checks it.`;
  }
}

function download(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([`${text}\n`], { type: "application/jose" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
