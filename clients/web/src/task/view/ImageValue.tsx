import { Copy } from "../../ui";
import { brokenKey, imageHost, isPicture, unseenKey } from "../model/cover";
import type { Field } from "../model/fields";
import classes from "./Field.module.css";
import { Picture } from "./Picture";
import { Revealed } from "./Revealed";
import { useScreen } from "./screen";

interface Props {
  readonly field: Field;
  readonly address: string;
}

/** An image that the policy marks as one. It is asked for here and nowhere else: whoever covers it does not show this. */
export function ImageValue({ field, address }: Props) {
  const { opened, fail } = useScreen();
  if (!isPicture(field)) return <Unshown field={field} address={address} why="not an image this page shows" />;
  if (!opened.has(brokenKey(field.path))) {
    return <Picture field={field} address={address} onBroken={() => fail(field.path, true)} />;
  }
  const why = imageHost(field) === undefined ? "the image can't be read" : NOT_LOADED;
  return <Unshown field={field} address={address} why={why} onAgain={() => fail(field.path, false)} />;
}

const NOT_LOADED = "could not be loaded; the server allows images only from the hosts in its setting image_origins";

interface UnshownProps extends Props {
  readonly why: string;
  readonly onAgain?: () => void;
}

/** Where there is no image to be seen. It counts as neither opened nor shown; the reviewer may decide without it. */
function Unshown({ field, address, why, onAgain }: UnshownProps) {
  const { opened, open, isReadOnly } = useScreen();
  const key = unseenKey(field.path);
  const isWithout = opened.has(key);
  return (
    <span className={classes.value}>
      <Revealed text={address.slice(0, 200)} />
      <span className={classes.why}>{why}</span> <Copy text={address} label="Copy address" />
      {onAgain && (
        <button type="button" className={classes.opener} onClick={onAgain}>
          Try again <span className="sr-only">{field.label}</span>
        </button>
      )}
      {address !== "" && !isReadOnly && (
        <button type="button" className={classes.opener} data-opens={key} onClick={() => open(key)}>
          {isWithout ? "You decide without having seen it" : "I can't see it: decide without"}{" "}
          <span className="sr-only">{field.label}</span>
        </button>
      )}
    </span>
  );
}
