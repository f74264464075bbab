import { useState } from "react";
import { isBlurred, isGrey, sharpKey } from "../model/cover";
import type { Field } from "../model/fields";
import classes from "./Field.module.css";
import { useScreen } from "./screen";

interface Props {
  readonly field: Field;
  readonly address: string;
  readonly onBroken: () => void;
}

/** An image; one that may upset comes blurred and grey each time it appears, until the reviewer asks for more. */
export function Picture({ field, address, onBroken }: Props) {
  const { opened, open, comfort } = useScreen();
  const [isSharp, setSharp] = useState(false);
  const [isInColour, setInColour] = useState(false);
  const comesBlurred = isBlurred(field, comfort);
  const comesGrey = isGrey(field, comfort);
  const key = sharpKey(field.path);
  const turnSharp = () => {
    if (!opened.has(key)) open(key);
    setSharp(!isSharp);
  };
  const look = [classes.image, comesBlurred && !isSharp && classes.blurred, comesGrey && !isInColour && classes.grey];
  return (
    <div className={classes.picture}>
      <div className={classes.frame}>
        <img
          className={look.filter(Boolean).join(" ")}
          src={address}
          alt={field.upsetting ? `${field.label} (may upset)` : field.label}
          decoding="async"
          referrerPolicy="no-referrer"
          draggable={false}
          onError={onBroken}
        />
      </div>
      <div className={classes.looks}>
        {comesBlurred && <Look words="Sharp" of={field} isOn={isSharp} opens={key} onTurn={turnSharp} />}
        {comesGrey && <Look words="In colour" of={field} isOn={isInColour} onTurn={() => setInColour(!isInColour)} />}
      </div>
    </div>
  );
}

interface LookProps {
  readonly words: string;
  readonly of: Field;
  readonly isOn: boolean;
  /** The key that is opened by it. */
  readonly opens?: string;
  readonly onTurn: () => void;
}

function Look({ words, of, isOn, opens, onTurn }: LookProps) {
  return (
    <button type="button" className={classes.opener} aria-pressed={isOn} data-opens={opens} onClick={onTurn}>
      {words} <span className="sr-only">{of.label}</span>
    </button>
  );
}
