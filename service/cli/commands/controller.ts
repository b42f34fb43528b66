import type { ControllerFlags } from '../../platform/index.js';
import type { CliDeps } from '../deps.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { listenFault } from './listen-fault.js';

/**
 * `assay controller`: brings AnalysisRuns of a cluster to a service and its verdicts back, until the process is told to end.
 * @throws CliError when the port of the probes, or of the admission webhook, can not be had.
 */
export async function controllerCommand(options: ControllerFlags, deps: CliDeps): Promise<ExitCode> {
  const { io } = deps;
  const controller = await deps.openController(options).catch((error: unknown) => {
    throw listenFault(error) ?? error;
  });
  // Standard output is the log's, one JSON object a line.
  io.err.write(`assay ${deps.version} controller, probes at ${controller.url}\n`);
  const interrupted = new Promise<void>((resolve) => {
    if (io.interrupt.aborted) resolve();
    io.interrupt.addEventListener('abort', () => {
      resolve();
    });
  });
  await Promise.race([interrupted, controller.ended]);
  await controller.stop();
  return EXIT.successful;
}
