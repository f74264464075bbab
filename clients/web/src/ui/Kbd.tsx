import { keyName } from "../keys/names";
import classes from "./Kbd.module.css";

/** A key, as it is bound: `a`, `mod+Enter`. */
export function Kbd({ keys }: { readonly keys: string }) {
  return <kbd className={classes.kbd}>{keyName(keys)}</kbd>;
}
