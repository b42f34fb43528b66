import { createMemoryEngine } from '../../service/engine/index.js';
import { describeEngine } from './engine-contract.js';

describeEngine('memory', (deps) => Promise.resolve(createMemoryEngine(deps)));
