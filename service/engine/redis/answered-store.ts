import type { RunStore } from '../ports.js';
import { faultOf } from './connection-faults.js';
import { asRefusal, StoreAwayError } from './refusal.js';

/** Times that one and the same call meets a torn connection before it is given up. */
const ATTEMPTS = 5;

/**
 * Texts of the client for a command of which it is not known what became of it, and which it does not send again as it does
 * with others: the connection ended amid the answers to those that were sent together; or the slots of a cluster were
 * given out anew while they waited. They have no code.
 */
const TORN =
  /^(?:Command aborted due to connection close|All keys in the pipeline should belong to the same slots allocation group)/;

const isTorn = (error: unknown): boolean => error instanceof Error && TORN.test(error.message);

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

async function again<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    try {
      return await ask();
    } catch (error) {
      // The client has begun to connect anew, and the next attempt waits for it.
      if (!isTorn(error)) throw explained(error);
    }
  }
  return told(ask);
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
