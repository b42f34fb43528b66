import type { StoredDelivery } from './ports.js';

/** Time that webhooks of a verdict have before its run is archived, ms: most runs are then archived once, with them. */
const WHILE_DELIVERED_MS = 5_000;
/** Time after a delivery came to its end until its run is archived again, ms: others may follow it. */
export const ARCHIVE_AFTER_DELIVERY_MS = 500;

/** When a run that has ended is to be archived first, epoch ms: soon, whatever becomes of its deliveries. */
export const archiveDueMs = (nowMs: number, deliveries: readonly StoredDelivery[]): number =>
  deliveries.length === 0 ? nowMs : nowMs + WHILE_DELIVERED_MS;
