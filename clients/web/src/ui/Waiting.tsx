import { Loader } from "@mantine/core";
import classes from "./Waiting.module.css";

/** Says that something is on its way; only after a moment, so that what is quick does not flicker. */
export function Waiting({ label = "Loading…" }: { readonly label?: string }) {
  return (
    <p className={classes.waiting} role="status">
      <Loader size="xs" /> {label}
    </p>
  );
}
