import { NativeSelect, Switch } from "@mantine/core";
import { useState } from "react";
import { serverClock } from "../live/clock";
import { awayWords, SPANS } from "./awayWords";
import { usePresence, useSetPresence } from "./presence";
import classes from "./SettingsPanel.module.css";

const NAMES = SPANS.map(([name]) => name);

/** Whether I take work, on any device, and until when I am away. */
export function AvailabilitySetting() {
  const presence = usePresence();
  const { may, isSetting, fault, set } = useSetPresence();
  const [span, setSpan] = useState(NAMES[0] ?? "");
  if (!may) return null;
  const goAway = (name: string) => {
    const [, end] = SPANS.find(([one]) => one === name) ?? [];
    set({ isAway: true, until: end?.(serverClock.now()) });
  };
  return (
    <>
      <Switch
        label="Available"
        description={
          presence.isAway
            ? `${awayWords(presence)}: nothing is handed to you`
            : "Off: nothing is handed to you on any device; what you hold stays yours"
        }
        error={fault}
        checked={!presence.isAway}
        disabled={isSetting}
        onChange={(event) => (event.currentTarget.checked ? set({ isAway: false, until: undefined }) : goAway(span))}
      />
      <NativeSelect
        size="sm"
        label="Away until"
        value={span}
        data={NAMES}
        disabled={isSetting}
        className={classes.inset ?? ""}
        onChange={({ currentTarget: { value } }) => {
          setSpan(value);
          if (presence.isAway) goAway(value);
        }}
      />
    </>
  );
}
