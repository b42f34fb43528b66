import type { CliDeps } from '../deps.js';
import { EXIT, type ExitCode } from '../exit-code.js';

/** `assay serve`: answers requests and measures until the process is told to end, then ends in order. */
export async function serveCommand({ port }: { readonly port?: string }, deps: CliDeps): Promise<ExitCode> {
  const { io } = deps;
  const server = await deps.openServer(port === undefined ? {} : { port });
  try {
    // Standard output is the log's, one JSON object a line.
    io.err.write(`assay ${deps.version} listens on ${server.url}\n`);
    if (!io.interrupt.aborted)
      await new Promise((resolve) => {
        io.interrupt.addEventListener('abort', resolve, { once: true });
      });
  } finally {
    await server.close();
  }
  return EXIT.successful;
}
