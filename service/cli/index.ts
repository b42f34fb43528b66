/** The door of `cli/`: the `assay` command. */
export { runCli } from './command-line.js';
export type { CliDeps, EmbeddedAssay, ServeFlags, ServingAssay } from './deps.js';
export { EXIT, type ExitCode } from './exit-code.js';
export type { CliIo, OutputStream } from './io.js';
export { nodeIo } from './node-io.js';
