import { formatShare } from "../../format";
import classes from "./Task.module.css";

interface Props {
  readonly share: number;
  readonly threshold: number | undefined;
}

/** How sure the model is, as a figure and a bar with the threshold on it. */
export function Confidence({ share, threshold }: Props) {
  return (
    <span className={classes.confidence}>
      {formatShare(share)}
      <svg viewBox="0 0 100 8" className={classes.scale} aria-hidden preserveAspectRatio="none">
        <rect width="100" height="8" rx="2" className={classes.scaleGround} />
        <rect width={share * 100} height="8" rx="2" className={classes.scaleFill} />
        {threshold !== undefined && (
          <rect x={threshold * 100 - 0.75} width="1.5" height="8" className={classes.scaleMark} />
        )}
      </svg>
    </span>
  );
}
