import { useMemo } from "react";
import { useSettings } from "../../app/settings";
import type { Comfort } from "../model/cover";

/** How this person wants what may upset, and images, to be shown. */
export function useComfort(): Comfort {
  const { blur, grey, coverImages, blurImages, greyImages } = useSettings();
  return useMemo(
    () => ({ coverUpsetting: blur, greyUpsetting: grey, coverImages, blurImages, greyImages }),
    [blur, grey, coverImages, blurImages, greyImages],
  );
}
