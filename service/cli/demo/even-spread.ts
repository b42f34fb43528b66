/**
 * Makes a chooser that says yes to exactly the given percentage of its calls, as evenly spread as can be: after n calls
 * with the same percentage it has said yes `floor(n × percentage / 100)` times. What chance would leave to luck (how
 * many users a canary of 10 % gets in three seconds) is the same in every demo.
 */
export function evenSpread(): (percent: number) => boolean {
  let credit = 0;
  return (percent) => {
    credit += percent;
    if (credit < 100) return false;
    credit -= 100;
    return true;
  };
}

/** The fractional part of the golden ratio: its multiples fill the unit interval evenly, however many are taken. */
const GOLDEN = 0.618_033_988_749_895;

/** Makes a source of numbers from 0 up to 1 that are evenly distributed in any stretch of it. */
export function evenFractions(): () => number {
  let last = 0;
  return () => {
    last = (last + GOLDEN) % 1;
    return last;
  };
}
