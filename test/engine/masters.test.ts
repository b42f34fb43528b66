import { Cluster, type Redis } from 'ioredis';
import { expect, it, vi } from 'vitest';
import { infoOfMasters } from '../../service/engine/redis/masters.js';

/** A cluster of one master whose INFO fails. */
function clusterWhose(error: Error): Cluster {
  const cluster = new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true });
  // Its types know one of many answers.
  vi.spyOn(cluster, 'cluster').mockResolvedValue('cluster_size:1\r\ncluster_state:ok\r\n' as never);
  vi.spyOn(cluster, 'nodes').mockReturnValue([{ info: () => Promise.reject(error) } as unknown as Redis]);
  return cluster;
}

it.each([
  ['does not answer', 'Connection is closed.', 'a part of the Redis Cluster is away'],
  [
    'answers that its user may not ask',
    "NOPERM User assay has no permissions to run the 'info' command",
    /^NOPERM .*'info'/,
  ],
])('a master that %s is told as that', async (_what, message, told) => {
  await expect(infoOfMasters(clusterWhose(new Error(message)), 'memory')).rejects.toThrow(told);
});
