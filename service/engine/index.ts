/** The door of `engine/`: runs in time, over memory or Redis. */
export * from './engine.js';
export { createMemoryEngine } from './memory/memory-engine.js';
export { RedisUrlError } from './redis/connect.js';
export { RedisAccessError, RedisUnreachableError } from './redis/connection-faults.js';
export { createRedisEngine, type RedisSettings } from './redis/redis-engine.js';
export { RedisSetupError } from './redis/server-checks.js';
export { type RunEvent, VERDICT_EVENT_ID } from './run-event.js';
