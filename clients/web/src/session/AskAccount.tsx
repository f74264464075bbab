import { Button } from "@mantine/core";
import classes from "./SessionGate.module.css";
import type { MakeTransport } from "./useAccount";
import type { Offer } from "./useLinkedToken";
import { useWho, type Who } from "./useWho";

interface Props {
  readonly offer: Offer;
  readonly makeTransport: MakeTransport;
}

/** Asks who somebody wants to be, where a link says one and this browser another: a link alone changes no account. */
export function AskAccount({ offer, makeTransport }: Props) {
  const linked = useWho(offer.linked, makeTransport);
  const kept = useWho(offer.kept, makeTransport);
  return (
    <>
      <p>
        This link signs you in as <Name who={linked} />; you are signed in as <Name who={kept} />.
      </p>
      <div className={classes.actions}>
        <Button variant="default" onClick={offer.decline}>
          Continue as {kept.principal ?? "before"}
        </Button>
        <Button variant="default" onClick={offer.take} disabled={!linked.principal}>
          Continue as {linked.principal ?? "the link says"}
        </Button>
      </div>
    </>
  );
}

function Name({ who: { principal, refusal } }: { readonly who: Who }) {
  if (refusal) return <em>somebody unknown ({refusal.text})</em>;
  return principal === undefined ? <em>…</em> : <strong>{principal}</strong>;
}
