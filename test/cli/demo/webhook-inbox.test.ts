import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { VERDICT_EVENT_TYPE, type WebhookEvent } from '../../../schemas/index.js';
import { newWebhookSecret } from '../../../service/cli/demo/signature.js';
import { startInbox, type WebhookInbox } from '../../../service/cli/demo/webhook-inbox.js';
import { systemClock } from '../../../service/platform/index.js';

const SECRET = newWebhookSecret();
const EVENT: WebhookEvent = {
  specversion: '1.0',
  id: 'run-1.verdict',
  source: '/v1/analysisruns/run-1',
  type: VERDICT_EVENT_TYPE,
  time: '2026-01-01T00:00:00Z',
  datacontenttype: 'application/json',
  data: { metadata: { uid: 'run-1' }, status: { phase: 'Successful', verdict: 'promote' } },
};

describe('the receiver of webhooks', () => {
  let inbox: WebhookInbox;
  let arrived: WebhookEvent[];
  let url: string;
  beforeEach(async () => {
    inbox = await startInbox(SECRET, systemClock);
    arrived = [];
    ({ url } = inbox.open((event) => arrived.push(event)));
  });
  afterEach(() => inbox.close());

  /** Sends a webhook that the library of Standard Webhooks has signed, and answers the status. */
  async function send(
    body: string,
    { secret = SECRET, at = new Date(), id = EVENT.id, sent = body, to = url } = {},
  ): Promise<number> {
    const response = await fetch(to, {
      method: 'POST',
      body: sent,
      headers: {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': new Webhook(secret).sign(id, at, body),
      },
    });
    return response.status;
  }

  it('hands on an event that is signed with its secret', async () => {
    expect(await send(JSON.stringify(EVENT))).toBe(204);
    expect(arrived).toEqual([EVENT]);
    expect(inbox.refused).toEqual([]);
  });

  it('hands on what arrives twice once', async () => {
    expect([await send(JSON.stringify(EVENT)), await send(JSON.stringify(EVENT))]).toEqual([204, 204]);
    expect(arrived).toHaveLength(1);
  });

  it('accepts one of several signatures', async () => {
    const body = JSON.stringify(EVENT);
    const at = new Date();
    const sign = (secret: string): string => new Webhook(secret).sign(EVENT.id, at, body);
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: {
        'webhook-id': EVENT.id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': `v1a,xyz ${sign(newWebhookSecret())} ${sign(SECRET)}`,
      },
    });
    expect(response.status).toBe(204);
  });

  const text = JSON.stringify(EVENT);
  it.each([
    [
      'another secret',
      text,
      { secret: newWebhookSecret() },
      401,
      'webhook-signature is not one of our secret',
    ],
    ['another body', text, { sent: `${text} ` }, 401, 'webhook-signature is not one of our secret'],
    [
      'an old time',
      text,
      { at: new Date(Date.now() - 301_000) },
      401,
      'webhook-timestamp is not of these minutes',
    ],
    ['a body that is no JSON', '{', {}, 400, 'the body is not an event of Assay'],
    ['a body that is no event', '{"type":"verdict"}', {}, 400, 'the body is not an event of Assay'],
  ])('does not believe %s', async (_name, body, options, status, why) => {
    expect(await send(body, options)).toBe(status);
    expect(inbox.refused).toEqual([why]);
    expect(arrived).toEqual([]);
  });

  it('does not believe what is not signed at all', async () => {
    expect((await fetch(url, { method: 'POST', body: text })).status).toBe(401);
    expect(inbox.refused).toEqual(['there is no webhook-id']);
  });

  it('refuses a body that is too large', async () => {
    expect(await send('x'.repeat(1024 * 1024 + 1))).toBe(400);
    expect(inbox.refused).toEqual(['RangeError: a body of more than 1048576 bytes']);
  });

  it('keeps the mailboxes of runs apart', async () => {
    const others: WebhookEvent[] = [];
    const other = inbox.open((event) => others.push(event));
    await send(text, { to: other.url });
    expect([arrived, others]).toEqual([[], [EVENT]]);
  });
});
