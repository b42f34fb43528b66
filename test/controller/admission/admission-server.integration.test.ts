import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAdmission } from '../../../service/controller/admission/index.js';
import { createLog, type Timers } from '../../../service/platform/index.js';
import { type Certificate, makeCertificate } from '../../support/certificates.js';
import { eventually } from '../../support/eventually.js';

let folder: string;
let first: Certificate;
let outcomes: string[];
const running: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-admission-'));
  first = makeCertificate();
  outcomes = [];
  await put(first);
});
afterEach(async () => {
  for (const each of running.splice(0)) await each.close();
  await rm(folder, { recursive: true });
});

async function put({ cert, key }: Certificate): Promise<void> {
  await writeFile(join(folder, 'tls.crt'), cert);
  await writeFile(join(folder, 'tls.key'), key);
}

/** Timers that go off when the test says so. */
function byHand(): Timers & { goOff(): void } {
  const set = new Set<() => void>();
  return {
    set(action) {
      set.add(action);
      return () => set.delete(action);
    },
    goOff() {
      const due = [...set];
      set.clear();
      for (const action of due) action();
    },
  };
}

async function begin(timers: Timers = byHand()): Promise<number> {
  const log = createLog({ level: 'silent' });
  const onReview = (outcome: string): void => void outcomes.push(outcome);
  const started = await startAdmission({ certificates: folder, port: 0 }, { timers, log, onReview });
  running.push(started);
  return started.port;
}

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

async function ask(
  port: number,
  body: string,
  { path = '/admission', method = 'POST' } = {},
): Promise<Answer> {
  const asked = request({ host: '127.0.0.1', port, path, method, ca: first.cert, agent: false });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

async function certificateOf(port: number): Promise<string> {
  const socket: TLSSocket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

const question = (spec: object): string =>
  JSON.stringify({
    ...{ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' },
    request: {
      ...{ uid: 'u-1', kind: { kind: 'AnalysisTemplate' }, operation: 'CREATE' },
      object: { apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisTemplate', metadata: { name: 't' }, spec },
    },
  });

describe('the admission webhook', () => {
  it('answers reviews over TLS', async () => {
    const port = await begin();
    const { status, body } = await ask(port, question({ metrics: [] }));
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ response: { uid: 'u-1', allowed: false } });
    expect(outcomes).toEqual(['refused']);
  });

  it('says what it wants when it is asked for something else', async () => {
    const port = await begin();
    for (const body of ['', '{', '[]', `"${'x'.repeat(9 * 1024 * 1024)}"`])
      expect((await ask(port, body)).status).toBe(400);
    expect(outcomes).toEqual(['faulty', 'faulty', 'faulty', 'faulty']);
    expect(await ask(port, '', { path: '/other' })).toEqual({
      status: 404,
      body: 'POST an AdmissionReview to /admission\n',
    });
    expect((await ask(port, '', { method: 'GET' })).status).toBe(404);
  });

  it('takes over a certificate that is renewed, and keeps the old one while the new one can not be used', async () => {
    const timers = byHand();
    const port = await begin(timers);
    const before = await certificateOf(port);
    const next = makeCertificate();
    await put({ cert: next.cert, key: first.key });
    timers.goOff();
    expect((await ask(port, question({ metrics: [] }))).status).toBe(200);
    expect(await certificateOf(port)).toBe(before);
    await put(next);
    await eventually('the new certificate is shown', async () => {
      timers.goOff();
      return (await certificateOf(port)) === before ? undefined : true;
    });
  });

  it.each([
    ['is not there', 'absent', / can not be read: ENOENT$/],
    ['is none', 'no certificate', / are no certificate and its key: /],
  ])('does not start when its certificate %s', async (_case, content, message) => {
    if (content === 'absent') await rm(join(folder, 'tls.crt'));
    else await writeFile(join(folder, 'tls.crt'), content);
    await expect(begin()).rejects.toThrow(message);
  });
});
