#!/usr/bin/env node
/** The `assay` command. Everything it does is in the rooms; this file only hands them the process. */
import { openEmbedded, openServer } from './app.js';
import { nodeIo, runCli } from './cli/index.js';
import { systemClock } from './platform/index.js';
import { VERSION } from './version.js';

const io = nodeIo();
process.exitCode = await runCli(process.argv.slice(2), {
  io,
  clock: systemClock,
  version: VERSION,
  openEmbedded: () =>
    openEmbedded(io.env, (line) => {
      io.err.write(line);
    }),
  openServer: (flags, env = io.env) => openServer(env, flags),
});
