import { createMemoryEngine } from '../../service/engine/index.js';
import { describeArchiving } from './archive-contract.js';
import { describeBulkhead } from './bulkhead-contract.js';
import { describeDeliveries } from './delivery-contract.js';
import { createMemoryStore } from '../../service/engine/memory/store.js';
import { describeEngine } from './engine-contract.js';
import { describeLimits } from './limit-contract.js';
import { describeStore } from './store-contract.js';
import { describeWaking } from './waking-contract.js';

describeEngine('memory', (deps) => Promise.resolve(createMemoryEngine(deps)));
describeDeliveries('memory', (deps) => Promise.resolve(createMemoryEngine(deps)));
describeArchiving('memory', (deps) => Promise.resolve(createMemoryEngine(deps)));
describeLimits('memory', (deps) => Promise.resolve(createMemoryEngine(deps)));
describeBulkhead('memory', (deps) => Promise.resolve(createMemoryEngine(deps)));
describeWaking('memory', (deps) => Promise.resolve(createMemoryEngine(deps)));
describeStore('memory', () =>
  Promise.resolve({ store: createMemoryStore(), close: () => Promise.resolve() }),
);
