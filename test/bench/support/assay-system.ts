import { Redis } from 'ioredis';
import { chartDefinitions } from '../../cluster/cluster.js';
import { eventually } from '../../support/eventually.js';
import { freePort } from '../../support/free-port.js';
import { startRedis } from '../../support/redis.js';
import type { Contender } from './analysis-system.js';
import { startAssay, startControllerInPod } from './built-assay.js';
import { sumOf, usageOf, usageOfRedis } from './process-usage.js';
import { latenessOf } from './service-readings.js';

/**
 * Assay as it is shipped: a service with a Redis, and a controller with the rights and the way to the API server that it has in
 * a pod, each a process of its own.
 */
export const ASSAY: Contender = {
  name: 'Assay',
  definitions: chartDefinitions(),
  async start({ controllerKubeconfig }) {
    const redis = await startRedis({ args: ['--appendfsync', 'everysec'] });
    const [servicePort, port] = [await freePort(), await freePort()];
    const serviceUrl = `http://127.0.0.1:${servicePort}`;
    const service = await startAssay('serve', {
      ...{ ASSAY_REDIS_URL: redis.url, ASSAY_PORT: String(servicePort) },
    });
    const controller = await startControllerInPod(controllerKubeconfig, {
      ...{ ASSAY_SERVER: serviceUrl },
      ...{ ASSAY_LEADER_ELECT: 'false', ASSAY_CONTROLLER_PORT: String(port) },
    });
    await eventually('the service works', () => fetch(`${serviceUrl}/readyz`), 60_000);
    await eventually('the controller works', () => usageOf({ pid: controller.pid, port }), 60_000);
    const client = new Redis(redis.url);
    return {
      async usage() {
        const [own, ...others] = await Promise.all([
          usageOf({ pid: controller.pid, port }),
          usageOf({ pid: service.pid, port: servicePort }),
          usageOfRedis(client),
        ]);
        return { controller: own, all: sumOf([own, ...others]) };
      },
      lateness: () => latenessOf(serviceUrl),
      async stop() {
        client.disconnect();
        await controller.stop('SIGTERM');
        await service.stop('SIGTERM');
        await redis.stop();
      },
    };
  },
};
