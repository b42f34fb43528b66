import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { startServer } from './server-process.js';

/** Debian's package graphite-web, which `.ci/packages` installs, works with Debian's own Python. */
const PYTHON = '/usr/bin/python3';
const PACKAGE = '/usr/lib/python3/dist-packages/graphite/settings.py';

const run = promisify(execFile);

/** A Graphite of the test's own. */
export interface TestGraphite {
  readonly url: string;
  stop(): Promise<void>;
}

/** A minute of a series and its value. */
export type MinuteValue = readonly [minutesAgo: number, value: number];

/**
 * Starts a real Graphite on a free port with these series (`app.errors`), which have one point a minute.
 * @throws Error when graphite-web is not installed.
 */
export async function startGraphite(
  series: Readonly<Record<string, readonly MinuteValue[]>>,
): Promise<TestGraphite> {
  for (const file of [PYTHON, PACKAGE])
    if (!existsSync(file))
      throw new Error(`there is no ${file}: install graphite-web (sudo bash .ci/packages)`);
  const directory = await mkdtemp(join(tmpdir(), 'assay-graphite-'));
  const env = { PYTHONPATH: directory, DJANGO_SETTINGS_MODULE: 'assay_settings' };
  await mkdir(join(directory, 'whisper'));
  await writeFile(join(directory, 'assay_settings.py'), settings(directory));
  await writeFile(join(directory, 'series.json'), JSON.stringify(series));
  await writeFile(join(directory, 'fill.py'), FILL);
  const port = await freePort();
  // Rejects with what the program printed.
  const python = (args: readonly string[]) => run(PYTHON, args, { env: { ...process.env, ...env } });
  let server: Awaited<ReturnType<typeof startServer>> | undefined;
  const stop = async (): Promise<void> => {
    await server?.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await python([join(directory, 'fill.py'), directory]);
    await python(['-m', 'django', 'migrate', '--run-syncdb', '--verbosity=0']);
    const started = await startServer(
      PYTHON,
      ['-m', 'django', 'runserver', `127.0.0.1:${port}`, '--noreload', '--insecure'],
      env,
    );
    server = started;
    const url = `http://127.0.0.1:${port}`;
    await eventually('Graphite answers', async () => {
      started.check();
      return (await fetch(`${url}/render?format=json&target=none`)).ok ? true : undefined;
    });
    return { url, stop };
  } catch (error) {
    await stop();
    throw new Error(`Graphite did not start:\n${server?.output() ?? ''}`, { cause: error });
  }
}

/** Settings in which nothing is of the machine: series, database, index and logs are in `directory`. */
const settings = (directory: string): string => `from graphite.settings import *
STORAGE_DIR = LOG_DIR = ${JSON.stringify(directory)}
WHISPER_DIR = STORAGE_DIR + '/whisper'
STANDARD_DIRS = [WHISPER_DIR]
INDEX_FILE = STORAGE_DIR + '/index'
SECRET_KEY = 'of a test'
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': STORAGE_DIR + '/db'}}
`;

const FILL = `import json, os, sys, time, whisper
directory = sys.argv[1]
now = int(time.time())
for name, points in json.load(open(directory + '/series.json')).items():
    path = directory + '/whisper/' + name.replace('.', '/') + '.wsp'
    os.makedirs(os.path.dirname(path), exist_ok=True)
    whisper.create(path, [(60, 60)])
    whisper.update_many(path, [(now - 60 * minutes, value) for minutes, value in points])
`;
