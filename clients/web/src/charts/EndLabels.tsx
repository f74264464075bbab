import classes from "./charts.module.css";
import type { Frame } from "./frame";
import { spread } from "./path";
import { lastValue, type Series } from "./series";

interface EndLabelsProps {
  readonly frame: Frame;
  readonly all: readonly Series[];
  readonly texts: readonly string[];
}

const LINE = 14;

/** Each line's name and last value beside its end, instead of a legend; nothing where the text is empty. */
export function EndLabels({ frame, all, texts }: EndLabelsProps) {
  const named = all.flatMap((series, index) => (texts[index] ? [{ series, text: texts[index] }] : []));
  const wanted = named.map(({ series }) => frame.y(lastValue(series)?.value ?? 0));
  const placed = spread(wanted, LINE, frame.top, frame.bottom);
  return named.map(({ series, text }, index) => (
    <text
      key={series.name}
      className={`${classes.end} ${classes[series.tone]}`}
      x={frame.right + 8}
      y={placed[index]}
      dy="0.32em"
    >
      {text}
    </text>
  ));
}
