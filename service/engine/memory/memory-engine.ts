import { createEngine } from '../create-engine.js';
import type { Engine, EngineDeps } from '../engine.js';
import { systemTimers } from '../../platform/index.js';
import { createMemoryStore } from './store.js';
import { createMemoryTimetable } from './timetable.js';

/** The embedded engine: everything in this process, nothing to install, and nothing left of it when the process ends. */
export function createMemoryEngine(deps: EngineDeps): Engine {
  const { clock, log, settings, timers = systemTimers } = deps;
  const { concurrency, stopGraceMs = 10_000 } = settings;
  const backend = {
    store: createMemoryStore({ archiving: deps.archive !== undefined }),
    isVolatile: true,
    timetable: createMemoryTimetable({ clock, timers, log, concurrency, stopGraceMs }),
    open() {
      log.info('runs are kept in this process only: they end with it (set ASSAY_REDIS_URL to keep them)');
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
    problems: () => Promise.resolve({ reasons: [], refusals: [] }),
  };
  return createEngine(backend, deps);
}
