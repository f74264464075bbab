import classes from "./Mark.module.css";

/** Andon's mark: the lamp above the line. */
export function Mark() {
  return (
    <svg className={classes.mark} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" className={classes.plate} />
      <path d="M16 4v6" className={classes.cord} />
      <circle cx="16" cy="18" r="7.5" className={classes.lamp} />
      <circle cx="16" cy="18" r="3" className={classes.core} />
    </svg>
  );
}
