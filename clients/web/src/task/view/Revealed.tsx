import { reveal } from "../model/text";
import classes from "./Field.module.css";

/** Text in which hidden characters and mixed alphabets can be seen. It never reaches out of its own direction. */
export function Revealed({ text }: { readonly text: string }) {
  return (
    <bdi>
      {reveal(text).map((segment, at) =>
        segment.oddity === undefined ? (
          segment.text
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: segments have no other name
          <mark key={at} className={classes.odd} title={segment.oddity}>
            {segment.text}
            <span className="sr-only"> ({segment.oddity})</span>
          </mark>
        ),
      )}
    </bdi>
  );
}
