import { useSettings } from "../app/settings";
import { isCharacter } from "../keys/match";
import { keyName } from "../keys/names";
import classes from "./Kbd.module.css";

/** A key, as it is bound: `a`, `mod+Enter`. Nothing where single characters are turned off. */
export function Kbd({ keys }: { readonly keys: string }) {
  const { singleKeys } = useSettings();
  if (!singleKeys && isCharacter(keys)) return null;
  return <kbd className={classes.kbd}>{keyName(keys)}</kbd>;
}
