import { GoTime } from './go/values.js';
import { Zone } from './go/zone.js';

/** What `now()` gives at `nowMs` (epoch ms), in UTC; nothing when no time is known. */
export function instant(nowMs: number | undefined): GoTime | undefined {
  return nowMs === undefined ? undefined : new GoTime(BigInt(Math.trunc(nowMs)) * 1_000_000n, Zone.utc);
}
