import { describe } from 'vitest';
import type { Engine, EngineDeps } from '../../service/engine/index.js';
import { beginEngineWith } from './begin-engine.js';
import { endingContract } from './ending-contract.js';
import { measuringContract } from './measuring-contract.js';
import { requestContract } from './request-contract.js';

/** What every backend must do, whatever it keeps runs in. `makeEngine` makes an engine with no runs in it. */
export function describeEngine(backend: string, makeEngine: (deps: EngineDeps) => Promise<Engine>): void {
  describe(`the ${backend} engine`, () => {
    const begin = beginEngineWith(makeEngine);
    measuringContract(begin);
    requestContract(begin);
    endingContract(begin);
  });
}
