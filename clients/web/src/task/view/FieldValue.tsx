import { useRef, useState } from "react";
import { flushSync } from "react-dom";
import { FieldFormat } from "../../gen/andon/v1/task_pb";
import { Copy } from "../../ui";
import { cutText, imageHost, isCovered, isGrey, isLong, uncoveredKey } from "../model/cover";
import type { Field } from "../model/fields";
import { write } from "../model/format";
import classes from "./Field.module.css";
import { ImageValue } from "./ImageValue";
import { Kept } from "./Kept";
import { Opener, Uncover, type UncoverProps } from "./Opener";
import { Revealed } from "./Revealed";
import { useScreen } from "./screen";

const LINK = /^[a-z][a-z0-9+.-]*:\/\/\S+$/i;

/** One value: covered, an image, or text and figures. */
export function FieldValue({ field }: { readonly field: Field }) {
  const { comfort } = useScreen();
  if (field.value === undefined) return <span className={classes.missing}>not given</span>;
  if (field.masked) return <Kept />;
  if (field.above) return <span className={classes.above}>shown above</span>;
  return isCovered(field, comfort) ? <Coverable field={field} /> : <Plain field={field} />;
}

/** A value that is covered until it is uncovered, and can be covered again. The focus stays with it. */
function Coverable({ field }: { readonly field: Field }) {
  const { opened } = useScreen();
  const [isHiddenAgain, setHiddenAgain] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const isHidden = isHiddenAgain || !opened.has(uncoveredKey(field.path));
  const cover = () => {
    flushSync(() => setHiddenAgain(true));
    place.current?.querySelector("button")?.focus({ preventScroll: true });
  };
  return (
    <div ref={place} tabIndex={-1}>
      {isHidden ? (
        <Covered field={field} onUncover={() => setHiddenAgain(false)} reveals={place} />
      ) : (
        <>
          <Plain field={field} />
          <button type="button" className={classes.opener} onClick={cover}>
            Cover again <span className="sr-only">{field.label}</span>
          </button>
        </>
      )}
    </div>
  );
}

function Plain({ field }: { readonly field: Field }) {
  if (field.format !== FieldFormat.IMAGE || typeof field.value !== "string") return <TextValue field={field} />;
  return <ImageValue field={field} address={field.value} />;
}

/** Nothing is there to be seen, copied, read out or asked of another host until it is uncovered. */
function Covered({ field, ...parts }: { readonly field: Field } & Pick<UncoverProps, "onUncover" | "reveals">) {
  return (
    <div className={classes.coverBox}>
      <Uncover path={field.path} words={coverWords(field)} label={field.label} {...parts} />
    </div>
  );
}

function coverWords(field: Field): string {
  const host = imageHost(field);
  if (host !== undefined) return `${field.upsetting ? "May upset: load" : "Load"} the image from ${host}`;
  return field.upsetting ? "May upset: uncover" : "Uncover";
}

function TextValue({ field }: { readonly field: Field }) {
  const { opened, reader, comfort } = useScreen();
  const place = useRef<HTMLSpanElement>(null);
  if (field.value === undefined) return null;
  const written = write(field.value, field.format, field.unit, reader);
  const isCut = isLong(field) && !opened.has(field.path);
  const text = isCut ? cutText(written.text) : written.text;
  const isLink = typeof field.value === "string" && LINK.test(field.value);
  const body = <Revealed text={isCut ? `${text}…` : text} />;
  return (
    <>
      <span
        ref={place}
        tabIndex={isLong(field) ? -1 : undefined}
        className={textClass(field, isLink, isGrey(field, comfort))}
        title={written.original}
      >
        {written.dateTime ? <time dateTime={written.dateTime}>{body}</time> : body}
      </span>
      {written.note && <span className={classes.note}>{written.note}</span>}
      {isLink && <Copy text={String(field.value)} label="Copy address" />}
      {isLong(field) && (
        <Opener path={field.path} words={`all ${written.text.length} characters`} label={field.label} reveals={place} />
      )}
    </>
  );
}

function textClass(field: Field, isLink: boolean, hasNoColour: boolean): string {
  const isCode = field.format === FieldFormat.CODE || (field.kind === "object" && field.children.length === 0);
  const found = [
    classes.value,
    isCode && classes.code,
    field.kind === "number" && classes.figures,
    isLink && classes.link,
    hasNoColour && classes.grey,
    (isLong(field) || field.format === FieldFormat.LONG_TEXT) && classes.long,
  ];
  return found.filter(Boolean).join(" ");
}
