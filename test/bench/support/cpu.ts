import type { Redis } from 'ioredis';

/** CPU time used so far, user and system, ms. */
export interface CpuTimes {
  /** Of this process. */
  readonly node: number;
  /** Of redis-server. */
  readonly redis: number;
}

/** CPU times of this process and of the server that `redis` is connected to. */
export async function cpuTimes(redis: Redis): Promise<CpuTimes> {
  const info = await redis.info('cpu');
  const { user, system } = process.cpuUsage();
  return {
    node: (user + system) / 1_000,
    redis: seconds(info, 'user') * 1_000 + seconds(info, 'sys') * 1_000,
  };
}

function seconds(info: string, kind: 'user' | 'sys'): number {
  const text = new RegExp(`^used_cpu_${kind}:([\\d.]+)`, 'm').exec(info)?.[1];
  if (text === undefined) throw new Error('redis-server does not tell its CPU time');
  return Number(text);
}
