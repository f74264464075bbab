import { uncoveredKey } from "../model/cover";
import classes from "./Field.module.css";
import { useScreen } from "./screen";

interface Props {
  readonly path: string;
  /** What is shown then, such as `all 43`. */
  readonly words: string;
  readonly label: string;
}

/** Shows the rest of what was cut short; remembers that it was opened. */
export function Opener({ path, words, label }: Props) {
  const { opened, open } = useScreen();
  if (opened.has(path)) return null;
  return (
    <button type="button" className={classes.opener} data-opens={path} onClick={() => open(path)}>
      Show {words} <span className="sr-only">of {label}</span>
    </button>
  );
}

interface UncoverProps {
  readonly path: string;
  /** What happens then, such as `Load the image from photos.example`. */
  readonly words: string;
  readonly label: string;
  readonly onUncover: () => void;
}

/** Uncovers what was covered; remembers that it was uncovered. */
export function Uncover({ path, words, label, onUncover }: UncoverProps) {
  const { opened, open } = useScreen();
  const key = uncoveredKey(path);
  const uncover = () => {
    if (!opened.has(key)) open(key);
    onUncover();
  };
  return (
    <button type="button" className={classes.opener} data-opens={key} onClick={uncover}>
      {words} <span className="sr-only">{label}</span>
    </button>
  );
}
