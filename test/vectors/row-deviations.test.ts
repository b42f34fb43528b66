import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { fieldOf } from './field-of.js';
import { isRecord } from './judge.js';
import { runner } from './runners/providers.js';

const recording: unknown = JSON.parse(
  readFileSync(new URL('providers/influxdb.json', import.meta.url), 'utf8'),
);
const HEAD = '#datatype,string,double\r\n#group,false,false\r\n#default,,\r\n,result,_value\r\n,,0.5\r\n';

// The reference takes a row that is none for the one before, once more.
it.each([
  ['x,,9\r\n', '[0.5 0.5]', 'deviate'],
  ['#x,,9\r\n', '[0.5 0.5]', 'deviate'],
  ['x,,9\r\n,,0.7\r\n', '[0.5 0.5 0.7]', 'deviate'],
  ['x,,9\r\n', '[0.5 9]', 'disagree'],
  [',,0.7\r\n', '[0.5 0.7]', 'agree'],
])('of InfluxDB %j for %s is to %s', async (rows, value, outcome) => {
  const vectors = isRecord(recording) ? recording['vectors'] : undefined;
  const base: unknown = Array.isArray(vectors)
    ? vectors.find((vector) => isRecord(vector) && vector['id'] === 'influxdb-double-several')
    : undefined;
  if (!isRecord(recording) || !isRecord(base)) throw new TypeError('the recording is not there');
  const response = { status: 200, headers: { 'Content-Type': 'text/csv' }, body: HEAD + rows };
  const request = fieldOf(base, 'exchanges', 0, 'request');
  const vector = {
    ...base,
    exchanges: [{ request, response }],
    expect: { finished: true, phase: 'Successful', value },
  };
  const results = [];
  for await (const result of await runner.run({
    path: 'providers/influxdb.json',
    json: { ...recording, vectors: [vector] },
  }))
    results.push(result);
  expect(results).toMatchObject([
    { outcome, ...(outcome === 'deviate' ? { rule: 'broken-off-result' } : {}) },
  ]);
});
