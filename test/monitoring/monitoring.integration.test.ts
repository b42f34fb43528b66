import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startProbes } from '../../service/controller/probes.js';
import { createMetrics } from '../../service/platform/index.js';
import { startPrometheus, type TestPrometheus } from '../support/prometheus.js';

const FOLDER = new URL('../../helm/assay/monitoring/', import.meta.url);
const RULES = fileURLToPath(new URL('alerts.yaml', FOLDER));

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly annotations: { readonly runbook: string };
    }[];
  }[];
}

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

async function promtool(...args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn('promtool', [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, output: out + err };
}

const rules = async () =>
  (parse(await readFile(RULES, 'utf8')) as Rules).groups.flatMap((group) => group.rules);
const dashboard = async () =>
  JSON.parse(await readFile(new URL('dashboard.json', FOLDER), 'utf8')) as Dashboard;

/** Every query of the rules and the dashboard, as Prometheus is asked it. */
async function expressions(): Promise<readonly string[]> {
  const shown = (await dashboard()).panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  const alerted = (await rules()).map(({ expr }) => expr);
  return [...shown, ...alerted].map((expr) => expr.replaceAll('$__rate_interval', '1m'));
}

/** What a process with an archive and a file of tokens tells. */
function allMetrics(): Promise<string> {
  const metrics = createMetrics({ version: '0' });
  metrics.accessRead(true);
  metrics.observe({
    runs: () => Promise.resolve([]),
    runsByPhase: () => Promise.resolve({}),
    queueDepth: () => Promise.resolve({}),
    pendingWebhooks: () => Promise.resolve(0),
    archiveBacklog: () => Promise.resolve(0),
    isWell: () => Promise.resolve(true),
    failed: () => undefined,
  });
  return metrics.text();
}

/** What a controller tells. */
async function controllerMetrics(): Promise<string> {
  const probes = await startProbes(0);
  try {
    return await (await fetch(`http://localhost:${probes.port}/metrics`)).text();
  } finally {
    await probes.close();
  }
}

describe('the alerting rules', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-rules-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are valid, and fire for what they are for and for nothing else', async () => {
    expect(await promtool('check', 'rules', RULES)).toMatchObject({ code: 0 });
    const cases = await readFile(new URL('alerts.promtool.yaml', import.meta.url), 'utf8');
    const file = join(folder, 'cases.yaml');
    await writeFile(file, cases.replaceAll('RULES', RULES));
    expect(await promtool('test', 'rules', file)).toMatchObject({ code: 0 });
  });

  it('are each tried by a case, and each has its heading in the runbook', async () => {
    const cases = await readFile(new URL('alerts.promtool.yaml', import.meta.url), 'utf8');
    const runbook = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    for (const { alert, annotations } of await rules()) {
      expect(cases).toContain(`alertname="${alert}"`);
      expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
      expect(runbook).toMatch(new RegExp(`^#+ ${alert}$`, 'm'));
    }
  });
});

describe('the queries of rules and dashboard', () => {
  let prometheus: TestPrometheus | undefined;
  beforeAll(async () => {
    prometheus = await startPrometheus([]);
  });
  afterAll(() => prometheus?.stop());

  it('name metrics that the service or the controller has', async () => {
    const known = `${await allMetrics()}${await controllerMetrics()}`;
    const names = (await expressions()).flatMap(
      (expr) => expr.match(/\b(?:assay|nodejs|process)_\w+/g) ?? [],
    );
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) expect(known).toContain(`# TYPE ${name.replace(/_bucket$/, '')} `);
  });

  it('are understood by Prometheus', async () => {
    for (const query of await expressions()) {
      const url = `${prometheus?.url}/api/v1/query?${new URLSearchParams({ query }).toString()}`;
      expect(await (await fetch(url)).json(), query).toMatchObject({ status: 'success' });
    }
  });
});

it('the panels of the dashboard stand side by side', async () => {
  const { panels } = await dashboard();
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, n) => `${x + (n % w)} ${y + Math.floor(n / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
});
