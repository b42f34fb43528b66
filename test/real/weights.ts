import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../cluster/cluster.js';
import type { SeenWeight } from './figures.js';
import { NAMESPACE } from './objects.js';

const LOOK_MS = 50;

interface Route {
  readonly spec: {
    readonly rules: readonly { readonly backendRefs: readonly { name: string; weight?: number }[] }[];
  };
}

/** Looks at the weight of the canary in a route, many times a second, until it is stopped: then it tells each change. */
export function watchWeights(cluster: Cluster, app: string): { stop(): Promise<readonly SeenWeight[]> } {
  const seen: SeenWeight[] = [];
  const stopped = new AbortController();
  const path = `/apis/gateway.networking.k8s.io/v1/namespaces/${NAMESPACE}/httproutes/${app}`;
  const looking = (async () => {
    while (!stopped.signal.aborted) {
      const { spec } = (await cluster.call('GET', path)) as Route;
      const refs = spec.rules.flatMap(({ backendRefs }) => backendRefs);
      const weight = refs.find(({ name }) => name === `${app}-canary`)?.weight ?? 0;
      if (weight !== (seen.at(-1)?.weight ?? 0)) seen.push({ atMs: Date.now(), weight });
      await delay(LOOK_MS);
    }
  })();
  return {
    async stop() {
      stopped.abort();
      await looking;
      return seen;
    },
  };
}
