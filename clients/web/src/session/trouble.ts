/** What can go wrong between here and an issuer. */
export type TroubleKind =
  /** It, or its answer, could not be had. */
  | "unreachable"
  /** The person, or a rule of the issuer's, said no. */
  | "denied"
  /** The issuer refused in other words. */
  | "refused"
  /** The answer is to a question that this tab has not asked. */
  | "unasked"
  /** The answer is not the one to the question: another issuer, another nonce, or not as the standard has it. */
  | "mismatch"
  /** The answer is from another time. */
  | "clock"
  /** No token of the answer is meant for Andon. */
  | "audience"
  /** The browser gives a page no cryptography without TLS. */
  | "insecure"
  /** The sign-in has ended, and could not be prolonged. */
  | "over"
  /** Andon does not know the person, or has no role for them. */
  | "nobody";

/** A sign-in that did not come about. */
export class Trouble extends Error {
  constructor(
    readonly kind: TroubleKind,
    /** The issuer, as people call it. */
    readonly issuer: string,
    /** What the issuer said, or who the person is there. */
    readonly detail = "",
    cause?: unknown,
  ) {
    super(kind, { cause });
  }
}

/** A trouble in plain words, and what can be done about it. */
export function troubleWords({ kind, issuer, detail }: Trouble): string {
  const { origin } = window.location;
  switch (kind) {
    case "unreachable":
      return `${issuer} can’t be reached, or does not let this page ask it. Try again; if it stays so, your administrator should look whether ${issuer} allows the web origin ${origin}.`;
    case "denied":
      return `${issuer} did not let you in: access was denied.${said(detail)}`;
    case "refused":
      return `${issuer} refused the sign-in.${said(detail)} Your administrator should look at how this page is registered there.`;
    case "unasked":
      return "That sign-in was not begun in this tab, so nothing was taken from it. Sign in here.";
    case "mismatch":
      return `What came back from ${issuer} is not the answer to this sign-in, so nothing was taken from it. Sign in again.`;
    case "clock":
      return `By this device’s clock the answer of ${issuer} is from another time. Set the clock, then sign in again.`;
    case "audience":
      return `${issuer} knows you, but gave no token that is meant for Andon. Ask your administrator to let it issue tokens for the audience that Andon’s identity file names.`;
    case "insecure":
      return `Browsers let a page sign in with ${issuer} only where it came over https. Open this page by its https address, or use a token.`;
    case "over":
      return `Your sign-in with ${issuer} has ended. What you wrote is kept on this device.`;
    case "nobody":
      return `${issuer} knows you${detail && ` as ${detail}`}, but you have no rights here. Ask your administrator to give you a role in Andon’s identity file.`;
  }
}

/** Foreign words are shown as such, and not many of them. */
function said(detail: string): string {
  return detail ? ` It says: “${detail.slice(0, 200)}”.` : "";
}
