#!/usr/bin/env node
/** The `assay` command. Everything it does is in the rooms; this file only hands them the process. */
import { nodeIo, runCli } from './cli/index.js';
import { VERSION } from './platform/version.js';

const io = nodeIo();
process.exitCode = await runCli(process.argv.slice(2), {
  io,
  clock: { nowMs: () => Date.now() },
  version: VERSION,
  // Loaded when it is needed: help and usage faults need none of it.
  openEmbedded: async () => {
    const { openEmbedded } = await import('./cli/embedded.js');
    return openEmbedded(io.env, (line) => {
      io.err.write(line);
    });
  },
  readNames: async () => {
    // Most have none, and need not wait for the configuration to be loaded.
    if (!io.env['ASSAY_PROVIDERS_FILE'] && !io.env['ASSAY_CONFIG_FILE']) return undefined;
    return (await import('./cli/read-names.js')).readNames(io.env);
  },
  openController: async (flags) => (await import('./controller/index.js')).openController(io.env, flags),
  openCluster: async (context) =>
    (await import('./providers/kubernetes/index.js')).openUserCluster(io.env, context),
  openServer: async (flags, env = io.env) => (await import('./app.js')).openServer(env, flags),
});
