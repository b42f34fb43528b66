import { execFileSync } from 'node:child_process';

/** What a process uses. */
export interface ProcessUsage {
  /** Resident memory, bytes. */
  readonly memory: number;
  /** CPU time so far, seconds. */
  readonly cpu: number;
}

interface MeteredProcess {
  readonly pid: number;
  readonly port: number;
}

/**
 * What a process uses that tells its CPU time at a port of loopback, as client libraries for Prometheus do. Its memory is asked of the
 * machine, and first: metrics of thousands of runs take tens of megabytes to tell.
 */
export async function usageOf({ pid, port }: MeteredProcess): Promise<ProcessUsage> {
  const memory = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1_024;
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return { memory, cpu: valueOf(text, /^process_cpu_seconds_total (\S+)$/m) };
}

/** What a Redis uses, by its own `INFO`. */
export async function usageOfRedis(redis: { info(): Promise<string> }): Promise<ProcessUsage> {
  const text = await redis.info();
  return {
    memory: valueOf(text, /^used_memory_rss:(\d+)/m),
    cpu: valueOf(text, /^used_cpu_user:(\S+)/m) + valueOf(text, /^used_cpu_sys:(\S+)/m),
  };
}

/** What processes use together. */
export function sumOf(usages: readonly ProcessUsage[]): ProcessUsage {
  const sum = (what: keyof ProcessUsage): number => usages.reduce((total, usage) => total + usage[what], 0);
  return { memory: sum('memory'), cpu: sum('cpu') };
}

function valueOf(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`nothing in the metrics is ${pattern.source}`);
  return Number(found);
}
