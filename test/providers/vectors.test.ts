import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runner as plugins } from '../vectors/runners/plugins.js';
import { runner as kayenta } from '../vectors/runners/kayenta.js';
import { runner } from '../vectors/runners/providers.js';

/** Those with a recording that the runner of providers replays. */
const PROVIDERS = [
  'prometheus',
  'webmetric',
  'datadog',
  'newrelic',
  'wavefront',
  'graphite',
  'influxdb',
  'skywalking',
  'cloudwatch',
];

it.each(PROVIDERS)('every recorded exchange of %s is met', async (provider) => {
  const path = `providers/${provider}.json`;
  const json: unknown = JSON.parse(readFileSync(new URL(`../vectors/${path}`, import.meta.url), 'utf8'));
  const results = [];
  for await (const result of await runner.run({ path, json })) results.push(result);
  expect(results.length).toBeGreaterThan(10);
  expect(results.filter(({ outcome }) => outcome === 'disagree')).toEqual([]);
});

it('every recorded call of a plugin is met', async () => {
  const path = 'providers/plugin.json';
  const json: unknown = JSON.parse(readFileSync(new URL(`../vectors/${path}`, import.meta.url), 'utf8'));
  const results = [];
  for await (const result of await plugins.run({ path, json })) results.push(result);
  expect(results.length).toBeGreaterThan(8);
  expect(results.filter(({ outcome }) => outcome === 'disagree')).toEqual([]);
});

it('every recorded operation of kayenta is met', async () => {
  const path = 'providers/kayenta.json';
  const json: unknown = JSON.parse(readFileSync(new URL(`../vectors/${path}`, import.meta.url), 'utf8'));
  const results = [];
  for await (const result of await kayenta.run({ path, json })) results.push(result);
  expect(results.length).toBeGreaterThan(30);
  expect(results.filter(({ outcome }) => outcome !== 'agree')).toEqual([]);
});
