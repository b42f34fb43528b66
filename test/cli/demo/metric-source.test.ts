import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLoopbackClient } from '../../../service/cli/demo/loopback.js';
import { openMetricSource } from '../../../service/cli/demo/metric-source.js';
import { paced } from '../../../service/cli/demo/pace.js';
import { STABLE } from '../../../service/cli/demo/release.js';
import { type SampleService, startSampleService } from '../../../service/cli/demo/sample-service.js';
import { CleanupStack, systemClock } from '../../../service/platform/index.js';
import { eventually } from '../../support/eventually.js';

describe('where measurements of the demo come from', () => {
  const client = createLoopbackClient();
  let cleanup: CleanupStack;
  let folder: string;
  let place: SampleService;
  const failures: unknown[] = [];
  const drain = () => cleanup.drain((step, error) => failures.push(step, error));

  beforeEach(async () => {
    cleanup = new CleanupStack();
    folder = await mkdtemp(join(tmpdir(), 'assay-test-'));
    place = await startSampleService(STABLE, { windowMs: 1_000, clock: systemClock });
  });
  afterEach(async () => {
    await drain();
    expect(failures).toEqual([]);
    await place.close();
    await rm(folder, { recursive: true });
  });

  const open = (signal = new AbortController().signal) =>
    openMetricSource([place], paced(1), { env: { PATH: `${folder}:/nowhere` }, client, signal }, cleanup);
  const program = () => join(folder, 'prometheus');
  const install = async (script: string): Promise<void> => {
    await writeFile(program(), `#!/bin/sh\n${script}\n`);
    await chmod(program(), 0o755);
  };

  it("is the sample service's own numbers when there is no Prometheus on the PATH", async () => {
    const source = await open();
    expect(source.description).toBe(
      "the sample service's own /stats, through the web provider (there is no Prometheus on the PATH)",
    );
    expect(source.argsFor('v2', place)).toEqual([{ name: 'stats', value: `${place.url}/stats` }]);
    expect(source.template.spec.metrics?.[0]?.provider).toHaveProperty('web');
  });

  it('is that too, and told why, when Prometheus does not start', async () => {
    await install('echo "no space left" >&2; exit 1');
    expect((await open()).description).toBe(
      `the sample service's own /stats, through the web provider (${program()} did not start: no space left)`,
    );
  });

  it('is that too when what is called prometheus can not be run', async () => {
    await install('');
    await writeFile(program(), '#!/does/not/exist\n');
    expect((await open()).description).toContain(`${program()} did not start: spawn ${program()} ENOENT`);
  });

  it('leaves no process and no folder behind when it is interrupted while Prometheus starts', async () => {
    // Says where its folder is, and never gets ready.
    await install(`echo "$$ $1" > ${join(folder, 'started')}; while :; do sleep 0.05; done`);
    const interrupt = new AbortController();
    const opening = open(interrupt.signal).catch((error: unknown) => error);
    const [, pid, configuration = ''] = await eventually(
      'it has started',
      async () =>
        /^(\d+) --config.file=(.+)\n$/.exec(await readFile(join(folder, 'started'), 'utf8')) ?? undefined,
    );
    interrupt.abort();
    expect(await opening).toMatchObject({ name: 'AbortError' });
    await drain();
    expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
    await expect(readFile(configuration)).rejects.toThrow('ENOENT');
  });
});
