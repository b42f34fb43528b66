import { createMemoryEngine } from '../../service/engine/index.js';
import { describeDeliveries } from './delivery-contract.js';
import { describeEngine } from './engine-contract.js';
import { describeWaking } from './waking-contract.js';

describeEngine('memory', (deps) => Promise.resolve(createMemoryEngine(deps)));
describeDeliveries('memory', (deps) => Promise.resolve(createMemoryEngine(deps)));
describeWaking('memory', (deps) => Promise.resolve(createMemoryEngine(deps)));
