import { afterEach, beforeEach, expect, it } from 'vitest';
import { openEmbedded } from '../../service/app.js';
import { eventually } from '../support/eventually.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';

let store: RecordingServer;
beforeEach(async () => {
  store = await startRecordingServer();
});
afterEach(() => store.close());

it('a command that is done breaks off what is still measured, and does not wait for it', async () => {
  store.answer([{ delayMs: 60_000 }]);
  const assay = await openEmbedded({ ASSAY_LOG_LEVEL: 'silent' }, () => undefined);
  const { engine } = assay;
  await engine.start();
  const provider = { web: { url: store.url, jsonPath: '{$}', timeoutSeconds: 60 } };
  await engine.create({ spec: { metrics: [{ name: 'slow', provider }] } });
  await eventually('it is being measured', () => (store.requests.length === 1 ? true : undefined));
  const doneMs = performance.now();
  await engine.stop();
  await assay.close();
  expect(performance.now() - doneMs).toBeLessThan(2_000);
});
