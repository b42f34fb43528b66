import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readNotifications } from '../../../service/controller/notifications/read-file.js';

let path = '';
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-notifications-'));
  path = join(folder, 'notifications.yaml');
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function problemsOf(text: string): Promise<readonly string[]> {
  await writeFile(path, text);
  const problems: string[] = [];
  const file = readNotifications(path, problems);
  expect(file === undefined).toBe(problems.length > 0);
  return problems.map((problem) => problem.replace(`${path}: `, ''));
}

it('a file that is right has nothing against it', async () => {
  const text = `services:
  - { name: ci, type: webhook, url: { value: "https://ci.example/hook" }, headers: [{ key: X-Team, value: shop }] }
  - { name: slack, type: slack, url: { file: /etc/slack-url } }
  - { name: app, type: slack, token: { file: /etc/slack-token } }
subscriptions: [{ recipients: [ci, "app:releases"], triggers: [on-rollout-aborted], namespaces: ["shop*"] }]
links: { rollout: "https://argocd.example/{cluster}/{namespace}/{name}" }
`;
  expect(await problemsOf(text)).toEqual([]);
});

it('everything that is wrong is told with its place', async () => {
  const text = `services:
  - { name: ci, type: webhook }
  - { name: ci, type: slack, secret: { value: x, file: /x } }
  - { name: two, type: webhook, url: { value: "ci.example" }, token: { file: /token }, headers: [{ key: host, value: x }] }
subscriptions: [{ recipients: [teams], triggers: [on-rollout-aborted] }]
`;
  expect(await problemsOf(text)).toEqual([
    'services[0].url: is required',
    'services[1].secret: must have exactly one of value and file',
    'services[1].url: is required, or a token',
    'services[1].secret: is for webhook: Slack checks no signatures',
    'services[1].name: ci is given twice',
    'services[2].url.value: must be a URL',
    'services[2].headers[0].key: host is set by the client',
    'services[2].token: is for slack: use headers',
    'subscriptions[0].recipients: there is no service teams',
  ]);
});

it('a misspelt field and a trigger that is none are told', async () => {
  const text = `services: []
subscription: []
subscriptions: [{ recipients: [], triggers: [on-rollout-stopped] }]
`;
  const [first, second] = await problemsOf(text);
  expect(first).toContain('subscriptions[0].triggers[0]: must be one of "on-rollout-updated", ');
  expect(second).toContain('subscription: unknown field: did you mean `subscriptions`?');
});

it('a file that is not there, or holds several documents, is told', async () => {
  const problems: string[] = [];
  readNotifications(join(folder, 'none.yaml'), problems);
  expect(problems).toEqual([expect.stringContaining('ASSAY_NOTIFICATIONS_FILE: ENOENT')]);
  expect(await problemsOf('services: []\n---\nservices: []\n')).toEqual([
    'must be one document with a list of services',
  ]);
});
