import type { RunStore } from '../ports.js';
import { faultOf } from './connection-faults.js';
import { asRefusal, StoreAwayError } from './refusal.js';
import { untorn } from './torn.js';

/**
 * The store, whose calls are made again when the connection ended amid their answers (every write answers the same when it is
 * sent again), and reject with {@link StoreAwayError} or StoreRefusalError where it is Redis that is at fault.
 */
export function answeredStore(store: RunStore): RunStore {
  return {
    create: (...args) => again(() => store.create(...args)),
    load: (...args) => again(() => store.load(...args)),
    loadEach: (...args) => again(() => store.loadEach(...args)),
    look: (...args) => again(() => store.look(...args)),
    commit: (...args) => again(() => store.commit(...args)),
    postpone: (...args) => again(() => store.postpone(...args)),
    end: (...args) => again(() => store.end(...args)),
    finish: (...args) => again(() => store.finish(...args)),
    remove: (...args) => again(() => store.remove(...args)),
    removeExpired: (...args) => again(() => store.removeExpired(...args)),
    ids: (...args) => again(() => store.ids(...args)),
    countByPhase: () => again(() => store.countByPhase()),
    overdue: (...args) => again(() => store.overdue(...args)),
    countOverdue: (...args) => again(() => store.countOverdue(...args)),
    expired: (...args) => again(() => store.expired(...args)),
    deliveries: (...args) => again(() => store.deliveries(...args)),
    delivery: (...args) => again(() => store.delivery(...args)),
    countPendingDeliveries: () => again(() => store.countPendingDeliveries()),
    saveDelivery: (...args) => again(() => store.saveDelivery(...args)),
    deferDelivery: (...args) => again(() => store.deferDelivery(...args)),
    markArchived: (...args) => again(() => store.markArchived(...args)),
    countUnarchived: () => again(() => store.countUnarchived()),
    // What was handed out in an answer that was lost comes again after its lease; asked again it would be something else.
    lease: (...args) => told(() => store.lease(...args)),
    leaseUnarchived: (...args) => told(() => store.leaseUnarchived(...args)),
    watch: (...args) => again(() => store.watch(...args)),
    watchAll: (...args) => told(() => store.watchAll(...args)),
  };
}

const again = <Answer>(ask: () => Promise<Answer>): Promise<Answer> => told(() => untorn(ask));

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
