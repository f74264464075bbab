import { useEffect, useState } from "react";
import { Copy } from "../../ui";
import { imageHost, isBlurred, isPicture, sharpKey } from "../model/cover";
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
  const [isBroken, setBroken] = useState(false);
  if (!isPicture(field)) return <Unshown address={address} why="not an image this page shows" />;
  if (isBroken) return <Broken field={field} address={address} />;
  return <Picture field={field} address={address} onBroken={() => setBroken(true)} />;
}

const NOT_LOADED = "could not be loaded; the server allows images only from the hosts in its setting image_origins";

/** There is no image to be made sharp, so none is waited for: all there is to see stands here. */
function Broken({ field, address }: Props) {
  const { opened, open, comfort } = useScreen();
  const key = sharpKey(field.path);
  const isAwaited = isBlurred(field, comfort) && !opened.has(key);
  useEffect(() => {
    if (isAwaited) open(key);
  });
  return <Unshown address={address} why={imageHost(field) === undefined ? "the image can't be read" : NOT_LOADED} />;
}

function Unshown({ address, why }: { readonly address: string; readonly why: string }) {
  return (
    <span className={classes.value}>
      <Revealed text={address.slice(0, 200)} />
      <span className={classes.why}>{why}</span> <Copy text={address} label="Copy address" />
    </span>
  );
}
