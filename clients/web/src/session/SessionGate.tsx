import { Button, Loader } from "@mantine/core";
import { lazy, type ReactNode, Suspense, useMemo } from "react";
import { ApiContext, baseUrl } from "../api";
import { Dialog } from "../ui/Dialog";
import { ErrorNotice } from "../ui/ErrorNotice";
import { AskAccount } from "./AskAccount";
import { SessionContext } from "./context";
import classes from "./SessionGate.module.css";
import { type MakeTransport, useAccount } from "./useAccount";
import { useOffers } from "./useOffers";

// Most who open the page are signed in.
const SignIn = lazy(() => import("./SignIn"));

interface Props {
  readonly makeTransport: MakeTransport;
  /** The server, as people name it. */
  readonly server: string;
  /** Its address, without a slash at the end; where the page came from unless said. */
  readonly base?: string;
  readonly children: ReactNode;
}

/** Shows its children once somebody is signed in, and the sign-in until then. */
export function SessionGate({ makeTransport, server, base = baseUrl(""), children }: Props) {
  const { account, offer, signIn, signOut, issuer } = useAccount(makeTransport);
  const offers = useOffers(base, account.state === "signed-out");
  const known = account.state === "signed-in" ? account : null;
  const { session, credential, isOver } = known ?? {};
  const signedIn = useMemo(
    () => (session && credential ? { session, credential, isOver, issuer, signOut, base } : null),
    [session, credential, isOver, issuer, signOut, base],
  );

  const ask = offer && <AskAccount offer={offer} makeTransport={makeTransport} />;
  if (account.state === "signed-in" && signedIn) {
    return (
      <ApiContext value={account.api}>
        <SessionContext value={signedIn}>
          {children}
          <Dialog opened={offer !== null} onClose={() => offer?.decline()} title="Another account">
            {ask}
          </Dialog>
        </SessionContext>
      </ApiContext>
    );
  }
  if (ask) {
    return (
      <main className={classes.waiting}>
        <h1>Another account</h1>
        {ask}
      </main>
    );
  }
  if (account.state === "signed-out") {
    return (
      <Suspense>
        <SignIn {...{ server, offers, issuer }} refusal={account.refusal} onSignIn={signIn} />
      </Suspense>
    );
  }
  return (
    <main className={classes.waiting}>
      {account.state === "failed" ? (
        <>
          <ErrorNotice refusal={account.refusal} title="Signing in did not work">
            {account.refusal.reason === "UNREACHABLE" && <Whereabouts server={server} />}
          </ErrorNotice>
          <div className={classes.actions}>
            <Button onClick={account.again}>Try again</Button>
            <Button variant="default" onClick={signOut}>
              Sign in otherwise
            </Button>
          </div>
        </>
      ) : (
        <p role="status">
          <Loader size="xs" /> Signing in…
        </p>
      )}
    </main>
  );
}

/** A browser does not tell a server that is down from one that keeps this page out, so both are named. */
function Whereabouts({ server }: { readonly server: string }) {
  const { host, origin } = window.location;
  if (server === host || server === origin) return <p>Is {server} up?</p>;
  return (
    <p>
      Is {server} up, and does it allow this page? Its <code>cors_origins</code> must name <code>{origin}</code>.
    </p>
  );
}
