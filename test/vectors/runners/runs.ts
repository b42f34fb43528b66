import { judge } from '../judge.js';
import { replay } from '../replay/drivers.js';
import { type Scenario, scenariosOf } from '../replay/scenario.js';
import type { VectorRunner } from '../runner.js';

/** runs.json: whole runs, each look at them compared: calls, phase, message, next look, events, counters, final status. */
export const runner: VectorRunner = {
  file: /^runs\.json$/,
  run: ({ json }) =>
    Promise.resolve(
      scenariosOf(json).map((scenario) => judge(scenario, recorded(scenario), replay(scenario))),
    ),
};

function recorded(scenario: Scenario): Record<string, unknown> {
  const { trace, end, final, ttl } = scenario;
  return { trace, end, final, ...(ttl === undefined ? {} : { ttl }) };
}
