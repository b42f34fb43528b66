import { expect, it } from 'vitest';
import { assay } from '../support/assay.js';
import { startRecordingServer } from '../support/recording-server.js';

/** Tells on standard error of each package that is imported from another one or from the sources. */
const TELLING = `
import { register } from 'node:module';
const hooks = \`export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  const name = /.*\\\\/node_modules\\\\/((?:@[^/]+\\\\/)?[^/]+)/.exec(found.url)?.[1];
  if (name !== undefined) process.stderr.write('loaded ' + name + '\\\\n');
  return found;
}\`;
register('data:text/javascript,' + encodeURIComponent(hooks));
`;
const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(TELLING)}` };

/** What runs the sources. */
const TOOLS: ReadonlySet<string> = new Set(['tsx', 'esbuild', 'get-tsconfig']);

async function packagesOf(args: readonly string[], input = ''): Promise<readonly string[]> {
  const { err, code } = await assay(args, { env, input });
  expect(code, err).toBe(0);
  return [...err.matchAll(/^loaded (.+)$/gm)].flatMap(([, name = '']) => (TOOLS.has(name) ? [] : [name]));
}

it('the version and the help are told without waiting for anything but the reader of the command line', async () => {
  for (const option of ['--version', '--help'])
    expect([...new Set(await packagesOf([option]))]).toEqual(['commander']);
});

it('a command that measures in its own process loads nothing of the service and of Redis', async () => {
  const store = await startRecordingServer();
  try {
    store.answer([{ headers: { 'content-type': 'application/json' }, body: '{"ok": true}' }]);
    const provider = { web: { url: store.url, jsonPath: '{$.ok}' } };
    const run = { kind: 'AnalysisRun', spec: { metrics: [{ name: 'ok', provider }] } };
    const packages = await packagesOf(['run', '-f', '-'], JSON.stringify(run));
    expect(packages).toContain('axios');
    for (const unwanted of ['bullmq', 'ioredis', 'express', 'helmet', 'swagger-ui-dist'])
      expect(packages).not.toContain(unwanted);
  } finally {
    await store.close();
  }
});
