import { useIsResting, useMineCount } from "../live";
import { useMay } from "../session";
import classes from "./Away.module.css";
import { useIsLeasing } from "./useIsLeasing";

/** Says that nothing is leased to me because I have been away, and what ends that. */
export function Away() {
  const isResting = useIsResting();
  const mine = useMineCount();
  const mayReview = useMay("ReviewService/Review");
  const isLeasing = useIsLeasing();
  const isAway = isResting && mayReview && isLeasing;
  return (
    <div className={classes.away} role="status">
      {isAway && (
        <p>
          You have been away; {mine > 0 ? "what is yours is left to lapse" : "nothing is held for you"}. Any key or
          click takes tasks again.
        </p>
      )}
    </div>
  );
}
