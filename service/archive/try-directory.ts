import { randomBytes } from 'node:crypto';
import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ConfigError, type Log } from '../platform/index.js';

/** What does not heal by itself, and so is a mistake in the settings. A full disk, say, or a server that is away, may. */
const LASTING: ReadonlySet<string> = new Set([
  ...['ENOTDIR', 'EEXIST', 'EISDIR', 'ENOENT', 'EACCES', 'EPERM', 'EROFS'],
  ...['ELOOP', 'ENAMETOOLONG', 'EINVAL'],
]);

/**
 * Makes the directory of the archive, and a file in it, which is removed again: a service that can archive nothing should say
 * so at its start, and not when Redis is full of runs that wait.
 * @throws ConfigError when the directory can not be used and will not be by itself.
 */
export function tryDirectory(directory: string, log: Log): void {
  try {
    makeDirectory(resolve(directory));
    accessSync(directory, constants.R_OK | constants.X_OK);
    const path = join(directory, `.trial-${process.pid}-${randomBytes(4).toString('hex')}`);
    closeSync(openSync(path, 'wx', 0o600));
    rmSync(path, { force: true });
  } catch (error) {
    const code = codeOf(error);
    if (code !== undefined && LASTING.has(code))
      throw new ConfigError([
        `ASSAY_ARCHIVE_DIR: runs can not be kept in ${directory} (${code}): it must be a directory that the service may read and write`,
      ]);
    log.warn({ err: error, directory }, 'the archive can not be written to yet; runs wait until it can');
  }
}

/** As `mkdir` with `recursive` does, which in Node never ends where there can be no directory, such as below /proc. */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw error;
    makeDirectory(dirname(path));
    // Another process may have made it meanwhile.
    makeDirectory(path);
  }
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined;
