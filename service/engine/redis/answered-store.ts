import type { RunStore } from '../ports.js';
import { faultOf } from './connection-faults.js';
import { StoreAwayError } from '../store-errors.js';
import { asRefusal } from './refusal.js';

/** The store, whose calls reject with {@link StoreAwayError} or StoreRefusalError where it is Redis that is at fault. */
export function answeredStore(store: RunStore): RunStore {
  return {
    create: (...args) => told(() => store.create(...args)),
    load: (...args) => told(() => store.load(...args)),
    loadEach: (...args) => told(() => store.loadEach(...args)),
    look: (...args) => told(() => store.look(...args)),
    commit: (...args) => told(() => store.commit(...args)),
    hold: (...args) => told(() => store.hold(...args)),
    postpone: (...args) => told(() => store.postpone(...args)),
    end: (...args) => told(() => store.end(...args)),
    finish: (...args) => told(() => store.finish(...args)),
    remove: (...args) => told(() => store.remove(...args)),
    removeExpired: (...args) => told(() => store.removeExpired(...args)),
    ids: (...args) => told(() => store.ids(...args)),
    countByPhase: () => told(() => store.countByPhase()),
    overdue: (...args) => told(() => store.overdue(...args)),
    countOverdue: (...args) => told(() => store.countOverdue(...args)),
    expired: (...args) => told(() => store.expired(...args)),
    deliveries: (...args) => told(() => store.deliveries(...args)),
    delivery: (...args) => told(() => store.delivery(...args)),
    countPendingDeliveries: () => told(() => store.countPendingDeliveries()),
    saveDelivery: (...args) => told(() => store.saveDelivery(...args)),
    deferDelivery: (...args) => told(() => store.deferDelivery(...args)),
    markArchived: (...args) => told(() => store.markArchived(...args)),
    countUnarchived: () => told(() => store.countUnarchived()),
    lease: (...args) => told(() => store.lease(...args)),
    leaseUnarchived: (...args) => told(() => store.leaseUnarchived(...args)),
    watch: (...args) => told(() => store.watch(...args)),
    watchAll: (...args) => told(() => store.watchAll(...args)),
  };
}

async function told<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    throw explained(error);
  }
}

function explained(error: unknown): unknown {
  const known = asRefusal(error);
  if (known !== error) return known;
  const fault = faultOf(error);
  return fault === undefined ? error : new StoreAwayError(fault.reason, { cause: error });
}
