import {
  RedisAccessError,
  RedisSetupError,
  RedisUnreachableError,
  RedisUrlError,
} from '../../engine/index.js';
import type { CliDeps, ServeFlags, ServingAssay } from '../deps.js';
import { CliError, EXIT, type ExitCode, usageError } from '../exit-code.js';
import { listenFault } from './listen-fault.js';

/**
 * `assay serve`: answers requests and measures until the process is told to end, then ends in order.
 * @throws CliError when Redis or the port can not be had.
 */
export async function serveCommand(flags: ServeFlags, deps: CliDeps): Promise<ExitCode> {
  const { io } = deps;
  const server = await opened(deps, flags);
  try {
    // Standard output is the log's, one JSON object a line.
    io.err.write(`assay ${deps.version} listens on ${server.url}\n`);
    if (!io.interrupt.aborted)
      await new Promise((resolve) => {
        io.interrupt.addEventListener('abort', resolve, { once: true });
      });
  } finally {
    endByForce(server, deps);
    await server.close();
  }
  return EXIT.successful;
}

/** Sees to it that the process ends, when an orderly end takes too long or leaves something behind that keeps it. */
function endByForce({ lastResort }: ServingAssay, { io }: CliDeps): void {
  if (lastResort === undefined) return;
  setTimeout(() => {
    lastResort.tell();
    io.exit(EXIT.software);
  }, lastResort.afterMs).unref();
}

async function opened(deps: CliDeps, flags: ServeFlags): Promise<ServingAssay> {
  try {
    return await deps.openServer(flags);
  } catch (error) {
    throw setupFault(error) ?? error;
  }
}

/** What the user can do something about; everything else is a fault of Assay. */
function setupFault(error: unknown): CliError | undefined {
  if (error instanceof RedisUrlError || error instanceof RedisSetupError || error instanceof RedisAccessError)
    return usageError(`ASSAY_REDIS_URL: ${error.message}`, { cause: error });
  if (error instanceof RedisUnreachableError)
    return new CliError(EXIT.unavailable, `ASSAY_REDIS_URL: ${error.message}`, { cause: error });
  return listenFault(error);
}
