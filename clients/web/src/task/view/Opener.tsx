import type { RefObject } from "react";
import { flushSync } from "react-dom";
import { uncoveredKey } from "../model/cover";
import classes from "./Field.module.css";
import { useScreen } from "./screen";

interface Props {
  readonly path: string;
  /** What is shown then, such as `all 43`. */
  readonly words: string;
  readonly label: string;
  /** Where it stands then. This button is gone then, so the focus goes there. */
  readonly reveals: RefObject<HTMLElement | null>;
}

/** Shows the rest of what was cut short; remembers that it was opened. */
export function Opener({ path, words, label, reveals }: Props) {
  const { opened, open } = useScreen();
  if (opened.has(path)) return null;
  const show = () => {
    flushSync(() => open(path));
    reveals.current?.focus({ preventScroll: true });
  };
  return (
    <button type="button" className={classes.opener} data-opens={path} onClick={show}>
      Show {words} <span className="sr-only">of {label}</span>
    </button>
  );
}

export interface UncoverProps {
  readonly path: string;
  /** What happens then, such as `Load the image from photos.example`. */
  readonly words: string;
  readonly label: string;
  readonly onUncover: () => void;
  /** Where it stands then. This button is gone then, so the focus goes there. */
  readonly reveals: RefObject<HTMLElement | null>;
}

/** Uncovers what was covered; remembers that it was uncovered. */
export function Uncover({ path, words, label, onUncover, reveals }: UncoverProps) {
  const { opened, open } = useScreen();
  const key = uncoveredKey(path);
  const uncover = () => {
    flushSync(() => {
      if (!opened.has(key)) open(key);
      onUncover();
    });
    reveals.current?.focus({ preventScroll: true });
  };
  return (
    <button type="button" className={classes.opener} data-opens={key} onClick={uncover}>
      {words} <span className="sr-only">{label}</span>
    </button>
  );
}
