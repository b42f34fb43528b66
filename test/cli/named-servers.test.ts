import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNames } from '../../service/cli/read-names.js';
import { command } from './fixtures/command.js';

const TEMPLATE = `
kind: AnalysisTemplate
metadata: {name: t}
spec:
  metrics:
    - name: errors
      successCondition: result[0] < 1
      provider: {prometheus: {address: "provider://prod-promethues", query: up}}
`;
const MESSAGE =
  'no provider configuration is named "prod-promethues": did you mean provider://prod-prometheus?';
let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-names-'));
  file = join(folder, 'providers.yaml');
  writeFileSync(file, 'providers: [{name: prod-prometheus, address: "https://prometheus.example.com"}]');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const files = { 't.yaml': TEMPLATE };
const configured = { files, readNames: () => Promise.resolve(readNames({ ASSAY_PROVIDERS_FILE: file })) };

describe('names of servers', () => {
  it.each(['lint', 'run', 'measure'])('are looked at by %s where a configuration says them', async (name) => {
    const { code, out, err } = await command([name, '-f', 't.yaml'], configured);
    expect(code).toBe(64);
    expect(out + err).toContain(`spec.metrics[0].provider.prometheus.address: ${MESSAGE}`);
  });

  it('are let be by lint without a configuration: that of the service may have them', async () => {
    expect(await command(['lint', '-f', 't.yaml'], { files })).toMatchObject({ code: 0 });
  });

  it('are refused without a configuration by what measures in this process', async () => {
    const { code, err } = await command(['run', '-f', 't.yaml'], { files });
    expect(code).toBe(64);
    expect(err).toContain('no provider configuration is named "prod-promethues"');
  });

  it('are the server’s to know when it is asked to run', async () => {
    const args = ['run', '-f', 't.yaml', '--server', 'http://127.0.0.1:1', '--timeout', '1ms'];
    expect((await command(args, configured)).err).not.toContain('no provider configuration');
  });
});

it('a configuration that names no file says no names', () => {
  expect(readNames({})).toBeUndefined();
});
