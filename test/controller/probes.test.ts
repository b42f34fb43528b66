import { afterEach, expect, it } from 'vitest';
import { type ControllerProbes, startProbes } from '../../service/controller/probes.js';

let probes: ControllerProbes | undefined;
afterEach(() => probes?.close());

const ask = async (path: string) => {
  const answer = await fetch(`http://127.0.0.1:${probes?.port}${path}`);
  return { status: answer.status, text: await answer.text() };
};

it('a replica is ready unless something can not be asked that nothing is done without, and says what', async () => {
  probes = await startProbes(0);
  expect(await ask('/readyz')).toEqual({ status: 200, text: 'ok\n' });
  probes.trouble('the lease a/b can not be asked for', 'namespaces "a" not found');
  probes.metrics.unwatched('AnalysisRun', 'forbidden');
  expect(await ask('/readyz')).toEqual({
    status: 503,
    text: 'the lease a/b can not be asked for: namespaces "a" not found\nAnalysisRun objects can not be watched: forbidden\n',
  });
  expect(await ask('/healthz')).toEqual({ status: 200, text: 'ok\n' });
  probes.trouble('the lease a/b can not be asked for', undefined);
  probes.leads(false);
  expect(await ask('/readyz')).toEqual({ status: 200, text: 'ok\n' });
});
