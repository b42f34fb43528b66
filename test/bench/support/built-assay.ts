import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ServerProcess, startServer } from '../../support/server-process.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MAIN = join(ROOT, 'dist', 'service', 'main.js');
/** Options of Node in the image, and of the chart for a controller. */
const NODE_OPTIONS = { serve: '--max-semi-space-size=64', controller: '--max-semi-space-size=8' };

/** Builds the program as it is shipped. */
export function buildAssay(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** A process of the program as {@link buildAssay} made it. */
export const startAssay = (
  command: keyof typeof NODE_OPTIONS,
  env: Readonly<Record<string, string>>,
): Promise<ServerProcess> =>
  startServer(process.execPath, [NODE_OPTIONS[command], MAIN, command], { ASSAY_LOG_LEVEL: 'error', ...env });

/** What a controller tells of itself in its metrics. */
export interface ControllerReadings {
  /** Writes of AnalysisRuns and their events to the API server. */
  readonly writes: number;
  /** Resident memory, bytes. */
  readonly memory: number;
  /** CPU time, seconds. */
  readonly cpu: number;
}

/** The readings of the controller on a port of loopback. */
export async function readController(port: number): Promise<ControllerReadings> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const sum = (pattern: RegExp): number =>
    [...text.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0);
  return {
    writes: sum(/^assay_controller_writes_total\{[^}]*\} (\d+)$/gm),
    memory: sum(/^process_resident_memory_bytes (\S+)$/gm),
    cpu: sum(/^process_cpu_seconds_total (\S+)$/gm),
  };
}
