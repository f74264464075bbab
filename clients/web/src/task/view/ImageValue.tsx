import { useState } from "react";
import { Copy } from "../../ui";
import classes from "./Field.module.css";
import { Revealed } from "./Revealed";
import { useScreen } from "./screen";

interface Props {
  readonly address: string;
  readonly label: string;
  readonly upsetting: boolean;
}

const HTTPS = /^https:\/\//i;
// No SVG: it can carry text and links of its own.
const DATA = /^data:image\/(png|jpeg|gif|webp|avif|bmp);base64,/i;

/** Whether an address is one that this page shows as an image. */
export function isShowable(address: string): boolean {
  return HTTPS.test(address) || DATA.test(address);
}

/** An image that the policy marks as one. Its server is not told where the reader comes from. */
export function ImageValue({ address, label, upsetting }: Props) {
  const { grey } = useScreen();
  const [isBroken, setBroken] = useState(false);
  if (!isShowable(address)) return <Unshown address={address} why="not an image this page shows" />;
  if (isBroken) return <Unshown address={address} why="the image can't be loaded" />;
  return (
    <img
      className={grey ? `${classes.image} ${classes.grey}` : classes.image}
      src={address}
      alt={upsetting ? `${label} (may upset)` : label}
      loading="lazy"
      decoding="async"
      referrerPolicy="no-referrer"
      draggable={false}
      onError={() => setBroken(true)}
    />
  );
}

function Unshown({ address, why }: { readonly address: string; readonly why: string }) {
  return (
    <span className={classes.value}>
      <Revealed text={address.slice(0, 200)} />
      <span className={classes.note}>{why}</span> <Copy text={address} label="Copy address" />
    </span>
  );
}
