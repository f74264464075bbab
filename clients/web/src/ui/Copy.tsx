import { useEffect, useState } from "react";
import classes from "./Copy.module.css";

/** Copies a text and says so. */
export function Copy({ text, label = "Copy" }: { readonly text: string; readonly label?: string }) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(""), 2000);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setSaid("Copied"),
      () => setSaid("Could not copy"),
    );
  return (
    <button type="button" className={classes.copy} onClick={copy}>
      <span aria-live="polite">{said || label}</span>
    </button>
  );
}
