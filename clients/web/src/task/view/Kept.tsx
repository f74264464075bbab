import classes from "./Field.module.css";

/** Stands where a value is kept from the reader by the policies. */
export function Kept() {
  return (
    <span className={classes.kept}>
      <svg aria-hidden="true" viewBox="0 0 16 16" width="13" height="13">
        <path
          d="M4 7V5a4 4 0 0 1 8 0v2h.5A1.5 1.5 0 0 1 14 8.5v5A1.5 1.5 0 0 1 12.5 15h-9A1.5 1.5 0 0 1 2 13.5v-5A1.5 1.5 0 0 1 3.5 7zm1.5 0h5V5a2.5 2.5 0 0 0-5 0z"
          fill="currentColor"
        />
      </svg>{" "}
      kept from your role
    </span>
  );
}
