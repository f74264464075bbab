import { usePresence } from "./presence";
import { useTakesTasks } from "./useTakesTasks";

/** Whether tasks are leased to me by this page: it takes them, and I am not away. */
export function useIsLeasing(): boolean {
  const { isAway } = usePresence();
  const takesTasks = useTakesTasks();
  return takesTasks && !isAway;
}
