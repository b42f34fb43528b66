/** The door of `engine/`: runs in time, over memory or Redis. */
export * from './engine.js';
export { ArchiveDamagedError, ArchiveError, type RunArchive } from './archive-port.js';
export { ChangesLostError } from './changed-runs.js';
export { createMeasureOnce } from './measuring/measure-once.js';
export { createMeasuring, type Measuring } from './measuring/measuring.js';
export { createMeasuringParts } from './measuring/measuring-parts.js';
export { tracedMeasure } from './measuring/traced-measure.js';
export { createMemoryEngine } from './memory/memory-engine.js';
export { observeEngine } from './observe-engine.js';
export { RedisUrlError } from './redis/connect.js';
export { RedisAccessError, RedisUnreachableError } from './redis/connection-faults.js';
export { checkEngineSettings } from './check-settings.js';
export { createRedisEngine, type RedisSettings } from './redis/redis-engine.js';
export { StoreAwayError, StoreRefusalError } from './store-errors.js';
export { RedisSetupError } from './redis/server-checks.js';
export { type RunEvent, VERDICT_EVENT_ID } from './run-event.js';
