/**
 * A second door of `engine/`, for commands that measure in their own process: behind `index.js` are BullMQ and ioredis,
 * and a command that never uses them would wait for them to be loaded.
 */
export { createMeasureOnce } from './measuring/measure-once.js';
export { createMeasuringParts } from './measuring/measuring-parts.js';
export { createMemoryEngine } from './memory/memory-engine.js';
