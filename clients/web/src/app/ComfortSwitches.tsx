import { Switch } from "@mantine/core";
import { changeSettings, type Settings, useSettings } from "./settings";

type Comfort = "blur" | "grey" | "coverImages" | "blurImages" | "greyImages";

const SWITCHES: readonly (readonly [keyof Pick<Settings, Comfort>, string, string])[] = [
  ["blur", "Cover what may upset", "Uncovered, an image is blurred until you make it sharp"],
  ["grey", "Greyscale", "Shows what may upset without colour at first"],
  ["coverImages", "Cover all images", "Also those that no policy marks; blurred and grey then"],
  ["blurImages", "Blur images", "All of them, until you make them sharp"],
  ["greyImages", "Images in grey", "All of them, until you ask for colour"],
];

/** How what may upset, and images, are shown at first. */
export function ComfortSwitches() {
  const settings = useSettings();
  return SWITCHES.map(([name, label, description]) => (
    <Switch
      key={name}
      label={label}
      description={description}
      checked={settings[name]}
      onChange={(event) => changeSettings({ [name]: event.currentTarget.checked })}
    />
  ));
}
