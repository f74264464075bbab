import { Button, Checkbox, PasswordInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Refusal } from "../api";
import { Mark } from "../ui/Mark";
import classes from "./SignIn.module.css";

interface Props {
  readonly server: string;
  readonly refusal: Refusal | null;
  readonly onSignIn: (token: string, stay: boolean) => void;
}

/** Takes a token. Links that carry one skip it. */
export function SignIn({ server, refusal, onSignIn }: Props) {
  const [token, setToken] = useState("");
  const [stay, setStay] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (token.trim()) onSignIn(token.trim(), stay);
  };
  return (
    <main className={classes.page}>
      <form className={classes.form} onSubmit={submit} aria-labelledby="sign-in">
        <Mark />
        <h1 id="sign-in">Sign in to Andon</h1>
        <p className={classes.server}>{server}</p>
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
        <Button type="submit" size="sm" disabled={!token.trim()} fullWidth>
          Sign in
        </Button>
      </form>
    </main>
  );
}
