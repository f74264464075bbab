import { useSession } from "../session";
import { useSettings } from "./settings";

/** Whether tasks are leased to me. Until it is set: yes, but not for who leads and is no reviewer. */
export function useTakesTasks(): boolean {
  const { takesTasks } = useSettings();
  const { roles } = useSession();
  return takesTasks ?? (roles.includes("reviewer") || !roles.includes("lead"));
}
