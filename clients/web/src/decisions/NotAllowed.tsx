import { useSession } from "../session";
import { Empty } from "../ui";

interface NotAllowedProps {
  /** What can't be seen, as the beginning of a sentence: "Override rates". */
  readonly what: string;
  /** Who can, in words. */
  readonly who: string;
}

/** Says plainly what the caller's role does not show. */
export function NotAllowed({ what, who }: NotAllowedProps) {
  const { roles } = useSession();
  return (
    <Empty title={`${what}: not for your role`}>
      They can be seen by {who}. You are signed in {roles.length === 0 ? "without a role" : `as ${roles.join(", ")}`}.
    </Empty>
  );
}
