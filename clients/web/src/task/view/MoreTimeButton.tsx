import { Button } from "@mantine/core";
import { useSettings } from "../../app/settings";
import { Kbd } from "../../ui";
import type { MoreTime } from "./useMoreTime";

interface Props {
  readonly moreTime: MoreTime;
  readonly isOff: boolean;
}

/** Asks for more time, beside the deadline that it moves. */
export function MoreTimeButton({ moreTime, isOff }: Props) {
  const { singleKeys } = useSettings();
  if (moreTime.step === "") return null;
  const key = (
    <span aria-hidden>
      <Kbd keys="t" />
    </span>
  );
  return (
    <Button
      size="compact-xs"
      variant="default"
      disabled={isOff}
      onClick={moreTime.ask}
      rightSection={key}
      aria-keyshortcuts={singleKeys ? "t" : undefined}
    >
      More time: +{moreTime.step}
    </Button>
  );
}
