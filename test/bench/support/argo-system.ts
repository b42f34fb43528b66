import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { programPath } from '../../built/binaries.js';
import { chartDefinitions } from '../../cluster/cluster.js';
import { eventually } from '../../support/eventually.js';
import { freePort } from '../../support/free-port.js';
import { startServer } from '../../support/server-process.js';
import type { Contender } from './analysis-system.js';
import { usageOf } from './process-usage.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Builds the controller of Argo Rollouts unless the cache has it: nothing but benches needs it. */
export function buildArgo(): void {
  execFileSync('npm', ['run', '--silent', 'control-plane', '--', 'argo-controller'], {
    ...{ cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] },
  });
}

/** Argo Rollouts as it comes: 40 requests a second to the API server, 30 runs at once. */
export const ARGO: Contender = argo('Argo Rollouts with its defaults', []);

/** The same without any limit of its own that the loads of a bench could reach. */
export const ARGO_RAISED: Contender = argo('Argo Rollouts with raised limits', [
  ...['--qps', '2000', '--burst', '4000', '--analysis-threads', '500'],
]);

/** Its controller with all rights, and with no other work than AnalysisRuns. */
function argo(name: string, limits: readonly string[]): Contender {
  return {
    name,
    definitions: definitions(),
    async start({ kubeconfig }) {
      const [port, health] = [await freePort(), await freePort()];
      const server = await startServer(programPath('rollouts-controller'), [
        ...['--kubeconfig', kubeconfig, '--controllers', 'analysis', '--leader-elect=false'],
        ...['--metricsPort', String(port), '--healthzPort', String(health), '--loglevel', 'error'],
        ...limits,
      ]);
      await eventually(
        'the controller of Argo Rollouts works',
        () => {
          server.check();
          return usageOf({ pid: server.pid, port });
        },
        60_000,
      );
      return {
        async usage() {
          const controller = await usageOf({ pid: server.pid, port });
          return { controller, all: controller };
        },
        stop: () => server.stop('SIGTERM'),
      };
    },
  };
}

/** Argo Rollouts writes the status of an AnalysisRun with the object, which is ignored where status is a resource of its own. */
function definitions(): readonly string[] {
  return chartDefinitions().map((text) => {
    const definition = parse(text) as {
      spec: { names: { plural: string }; versions: { subresources?: unknown }[] };
    };
    const { names, versions } = definition.spec;
    if (names.plural === 'analysisruns') for (const version of versions) version.subresources = {};
    // JSON is YAML.
    return JSON.stringify(definition);
  });
}
