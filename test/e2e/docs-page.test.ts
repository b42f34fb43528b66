import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ServingAssay } from '../../service/cli/index.js';
import { openServer } from '../../service/app.js';
import { startBrowser } from '../support/browser.js';

let server: ServingAssay;
let browser: Browser;
beforeAll(async () => {
  server = await openServer({ ASSAY_LOG_LEVEL: 'silent' }, { port: '0' });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

/** A page of the service as it is seen at a width, with all that was asked for and all that the browser complained of. */
interface Visit {
  readonly page: Page;
  readonly requested: readonly string[];
  readonly complaints: readonly string[];
}

async function visit(path: string, widthPx: number): Promise<Visit> {
  const page = await browser.newPage({ viewport: { width: widthPx, height: 800 } });
  const requested: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requested.push(request.url()));
  page.on('requestfailed', (request) => complaints.push(`${request.url()} was not loaded`));
  page.on('pageerror', (error) => complaints.push(error.message));
  // Violations of the content security policy are told here.
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(`${server.url}${path}`);
  await page.locator('.opblock').first().waitFor();
  return { page, requested, complaints };
}

/** The operations of the description, as `get /v1/analysisruns`. */
async function describedOperations(): Promise<readonly string[]> {
  const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
    readonly paths: Readonly<Record<string, object>>;
  };
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((key) => ['get', 'put', 'post', 'delete', 'patch'].includes(key))
      .map((method) => `${method} ${path}`),
  );
}

/** The operations that the page shows, in the same form. */
async function shownOperations(page: Page): Promise<readonly string[]> {
  const rows = await page.locator('.opblock-summary').all();
  return Promise.all(
    rows.map(async (row) => {
      const method = await row.locator('.opblock-summary-method').innerText();
      const path = await row.locator('.opblock-summary-path').getAttribute('data-path');
      return `${method.toLowerCase()} ${path ?? ''}`;
    }),
  );
}

it('the pages of the API list every operation, complain of nothing and ask nobody else', async () => {
  const { page, requested, complaints } = await visit('/', 1280);
  expect(new URL(page.url()).pathname).toBe('/docs');
  expect((await shownOperations(page)).toSorted()).toEqual((await describedOperations()).toSorted());
  expect(new Set(requested.map((url) => new URL(url).origin))).toEqual(new Set([server.url]));
  expect(complaints).toEqual([]);
});

it('are served under a policy that lets no script of others and none within the page run', async () => {
  const { headers } = await fetch(`${server.url}/docs`);
  const policy = new Map(
    (headers.get('content-security-policy') ?? '').split(';').map((rule) => {
      const [name = '', ...sources] = rule.trim().split(/\s+/);
      return [name, sources] as const;
    }),
  );
  expect(policy.get('script-src') ?? policy.get('default-src')).toEqual(["'self'"]);
  const { page, complaints } = await visit('/docs', 1280);
  await page.evaluate(`
    const script = document.createElement('script');
    script.textContent = 'document.title = "taken over"';
    document.body.append(script);
  `);
  await expect.poll(() => complaints.join()).toContain('Content Security Policy');
  expect(await page.title()).toBe('Assay: the API');
});

it('an operation can be opened and tried, at the width of a telephone too', async () => {
  const { page, complaints } = await visit('/docs', 360);
  const overflow = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  expect(overflow).toBe(0);
  const operation = page.locator('.opblock', { has: page.locator('[data-path="/healthz"]') });
  await operation.locator('.opblock-summary').click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  await operation.locator('.live-responses-table .response-col_status').getByText('200').waitFor();
  expect(complaints).toEqual([]);
});
