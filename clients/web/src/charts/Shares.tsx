import classes from "./charts.module.css";

/** A part of a whole. */
export interface Part {
  readonly name: string;
  readonly count: number;
  readonly tone: "first" | "second" | "third" | "fourth";
}

interface SharesProps {
  readonly parts: readonly Part[];
}

const WIDTH = 200;

/** Parts of a whole side by side, each with its count where there is room. Numbers stand beside it for screen readers. */
export function Shares({ parts }: SharesProps) {
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  let x = 0;
  return (
    <svg className={classes.shares} viewBox={`0 0 ${WIDTH} 18`} aria-hidden="true" preserveAspectRatio="none">
      {parts
        .filter(({ count }) => count > 0)
        .map(({ name, count, tone }) => {
          const width = (count / total) * WIDTH;
          const start = x;
          x += width;
          return (
            <rect
              key={name}
              className={`${classes.part} ${classes[tone]}`}
              x={start}
              width={Math.max(1, width - 1.5)}
              height={18}
            />
          );
        })}
    </svg>
  );
}
