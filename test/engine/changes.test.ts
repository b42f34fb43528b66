import { createMemoryEngine } from '../../service/engine/index.js';
import { describeChanges } from './changes-contract.js';

describeChanges('memory', createMemoryEngine);
