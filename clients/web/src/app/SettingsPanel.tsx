import { Button, NativeSelect, SegmentedControl, Switch, useMantineColorScheme } from "@mantine/core";
import { useMay, useSession } from "../session";
import { useLeaveDesk } from "../task/desk/signOut";
import { AvailabilitySetting } from "./AvailabilitySetting";
import { ComfortSwitches } from "./ComfortSwitches";
import { hrefOf } from "./route";
import { SessionFacts } from "./SessionFacts";
import classes from "./SettingsPanel.module.css";
import { changeSettings, MOST_CREDITS, MOST_UNDO_SECONDS, useSettings } from "./settings";
import { useTakesTasks } from "./useTakesTasks";

const SCHEMES = [
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
  { value: "auto", label: "Auto" },
] as const;

const UNDO_SECONDS = Array.from({ length: MOST_UNDO_SECONDS + 1 }, (_, seconds) => String(seconds));
const CREDITS = Array.from({ length: MOST_CREDITS }, (_, index) => String(index + 1));

/** What a person can set for this browser, and the way out. */
export default function SettingsPanel({ onDone }: { readonly onDone: () => void }) {
  const { serverVersion } = useSession();
  const mayReview = useMay("ReviewService/Review");
  const { credits, undoSeconds, singleKeys } = useSettings();
  const takesTasks = useTakesTasks();
  // Otherwise the library would write a style into the page, which the content policy forbids.
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const signOut = useLeaveDesk();
  return (
    <div className={classes.panel}>
      <SessionFacts />
      {mayReview && (
        <>
          <AvailabilitySetting />
          <Switch
            label="Take tasks"
            description="Off: nothing new is leased to you by this page"
            checked={takesTasks}
            onChange={(event) => changeSettings({ takesTasks: event.currentTarget.checked })}
          />
          <NativeSelect
            size="sm"
            label="Tasks at once"
            description="How many are leased to you together"
            value={String(credits)}
            data={CREDITS}
            disabled={!takesTasks}
            onChange={(event) => changeSettings({ credits: Number(event.currentTarget.value) })}
          />
          <NativeSelect
            size="sm"
            label="Seconds to undo a verdict"
            description="How long it is held before it is sent"
            value={String(undoSeconds)}
            data={UNDO_SECONDS}
            onChange={(event) => changeSettings({ undoSeconds: Number(event.currentTarget.value) })}
          />
        </>
      )}
      <div>
        <div className={classes.label} id="scheme">
          Appearance
        </div>
        <SegmentedControl
          fullWidth
          aria-labelledby="scheme"
          data={[...SCHEMES]}
          value={colorScheme}
          onChange={setColorScheme}
          transitionDuration={0}
        />
      </div>
      <ComfortSwitches />
      <Switch
        label="Single-letter keys"
        description="Off: no letter, digit or sign is a key by itself; for speech input"
        checked={singleKeys}
        onChange={(event) => changeSettings({ singleKeys: event.currentTarget.checked })}
      />
      <div className={classes.foot}>
        <a href={hrefOf("help")} onClick={onDone}>
          Help and keys
        </a>
        <Button variant="default" onClick={signOut}>
          Sign out
        </Button>
      </div>
      {serverVersion && <div className={classes.version}>Andon {serverVersion}</div>}
    </div>
  );
}
