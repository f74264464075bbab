import { Button, Checkbox, PasswordInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Refusal } from "../api";
import { Mark } from "../ui/Mark";
import type { Offer } from "./offers";
import classes from "./SignIn.module.css";
import { troubleWords } from "./trouble";
import type { Issuer } from "./useIssuer";

interface Props {
  readonly server: string;
  /** With whom people can sign in; undefined until that is known. */
  readonly offers: readonly Offer[] | undefined;
  readonly issuer: Issuer;
  readonly refusal: Refusal | null;
  readonly onSignIn: (token: string, stay: boolean) => void;
}

/** Offers the issuers of this server, and takes a token. Links that carry one skip it. */
export default function SignIn({ server, offers, issuer, refusal, onSignIn }: Props) {
  const [isByToken, setByToken] = useState(false);
  if (offers === undefined) return null;
  const hasOffers = offers.length > 0;
  return (
    <main className={classes.page}>
      <section className={classes.form} aria-labelledby="sign-in">
        <Mark />
        <h1 id="sign-in">Sign in to Andon</h1>
        <p className={classes.server}>{server}</p>
        {issuer.trouble && (
          <div className={classes.trouble} role="alert">
            {troubleWords(issuer.trouble)}
          </div>
        )}
        {hasOffers && <Issuers offers={offers} issuer={issuer} />}
        {!hasOffers || isByToken || refusal ? (
          <ByToken refusal={refusal} isFirst={!hasOffers} onSignIn={onSignIn} />
        ) : (
          <Button variant="subtle" size="sm" onClick={() => setByToken(true)}>
            Use a token instead
          </Button>
        )}
      </section>
    </main>
  );
}

function Issuers({ offers, issuer }: { readonly offers: readonly Offer[]; readonly issuer: Issuer }) {
  return (
    <div className={classes.issuers}>
      {offers.map((offer, index) => (
        <Button
          key={offer.issuer}
          size="sm"
          fullWidth
          autoFocus={index === 0}
          disabled={issuer.isLeaving}
          onClick={() => issuer.go(offer)}
        >
          Sign in with {offer.name}
        </Button>
      ))}
      <p className={classes.said} role="status">
        {issuer.isLeaving && "One moment…"}
      </p>
    </div>
  );
}

interface TokenProps extends Pick<Props, "refusal" | "onSignIn"> {
  /** Whether it is the only way to sign in. */
  readonly isFirst: boolean;
}

function ByToken({ refusal, isFirst, onSignIn }: TokenProps) {
  const [token, setToken] = useState("");
  const [stay, setStay] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (token.trim()) onSignIn(token.trim(), stay);
  };
  return (
    <form className={classes.token} onSubmit={submit}>
      <PasswordInput
        label="Token"
        description="Your administrator gives you one; andon serve prints a link that carries it."
        value={token}
        onChange={(event) => setToken(event.currentTarget.value)}
        error={refusal?.text}
        aria-invalid={refusal !== null}
        autoComplete="current-password"
        spellCheck={false}
        data-autofocus
        autoFocus
        required
        withAsterisk={false}
      />
      <Checkbox
        label="Stay signed in on this device"
        description="Otherwise the token is forgotten with this tab."
        checked={stay}
        onChange={(event) => setStay(event.currentTarget.checked)}
      />
      <Button type="submit" size="sm" variant={isFirst ? "filled" : "default"} disabled={!token.trim()} fullWidth>
        {isFirst ? "Sign in" : "Sign in with the token"}
      </Button>
    </form>
  );
}
