import { createMeasuring, type Measuring } from '../../service/engine/measuring/measuring.js';
import { type Clock, systemClock } from '../../service/platform/index.js';
import {
  builtInProviders,
  createEgressPolicy,
  createHttpClient,
  createRegistry,
  createResilientClient,
  type HttpClient,
  noSecrets,
} from '../../service/providers/index.js';

/** Measuring as `assay serve` does it: the real providers and client, which may reach servers of this machine. */
export function createRealMeasuring(clock: Clock = systemClock): {
  readonly measuring: Measuring;
  readonly http: HttpClient;
} {
  const http = createHttpClient({ egress: createEgressPolicy({ deny: [], loopback: true }) });
  const measuring = createMeasuring({
    registry: createRegistry(builtInProviders()),
    http: createResilientClient({ http, clock }),
    clock,
    secrets: noSecrets,
    defaults: {},
  });
  return { measuring, http };
}
