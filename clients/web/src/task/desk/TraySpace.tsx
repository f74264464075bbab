import classes from "./Tray.module.css";

/** Keeps the end of a list free of what floats above it. */
export function TraySpace() {
  return <div className={classes.space} aria-hidden />;
}
