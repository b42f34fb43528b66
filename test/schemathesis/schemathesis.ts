import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

/** Schemathesis asks an API everything that its OpenAPI description allows, and much that it does not. */
const VERSION = '4.32.5';

/** What an answer must be. That bad input is refused has tests of its own, which know what is bad. */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'allow_header_conformance',
  'missing_required_header',
  'ignored_auth',
  'use_after_free',
];

/** What to ask, and for how long. */
export interface SchemathesisOptions {
  /** Where the API is. */
  readonly url: string;
  /** A token that may do everything. */
  readonly token: string;
  readonly seconds: number;
  readonly seed: number;
}

/** What a command came to. */
interface Result {
  readonly code: number | null;
  readonly output: string;
}

/**
 * Asks the API at `url`. `code` 0: no server error, and no answer that is not described.
 * @throws Error when Schemathesis can not be installed.
 */
export async function askEverything({ url, token, seconds, seed }: SchemathesisOptions): Promise<Result> {
  const program = await install();
  const folder = await mkdtemp(join(tmpdir(), 'assay-schemathesis-'));
  try {
    return await run(
      program,
      [
        ...['run', `${url}/openapi.json`, '--no-color', '--checks', CHECKS.join(',')],
        ...['--header', `Authorization: Bearer ${token}`, '--request-timeout', '10'],
        ...['--max-time', String(seconds), '--seed', String(seed), '--max-examples', '25'],
      ],
      folder,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The program, in a virtual environment of its own that is kept for the next time. */
async function install(): Promise<string> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, 'assay', `schemathesis-${VERSION}`);
  if (!existsSync(join(folder, 'done'))) {
    await mkdir(dirname(folder), { recursive: true });
    // Programs of an environment know its path, so it is built in its place; `done` appears when it is whole.
    await rm(folder, { recursive: true, force: true });
    await must('python3', ['-m', 'venv', folder]);
    await must(join(folder, 'bin', 'pip'), ['install', '--quiet', `schemathesis==${VERSION}`]);
    await writeFile(join(folder, 'done'), '');
  }
  return join(folder, 'bin', 'schemathesis');
}

async function must(program: string, args: readonly string[]): Promise<void> {
  const { code, output } = await run(program, args, tmpdir());
  if (code !== 0)
    throw new Error(
      `${program} ${args.join(' ')} failed (Debian needs python3-venv): ${output.trim().slice(-2_000)}`,
    );
}

async function run(program: string, args: readonly string[], cwd: string): Promise<Result> {
  const child = spawn(program, [...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, output: out + err };
}
