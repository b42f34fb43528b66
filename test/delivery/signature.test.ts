import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { SigningSecretError, signingKeys, webhookHeaders } from '../../service/delivery/signature.js';

const secret = (letter: string): string => `whsec_${Buffer.from(letter.repeat(32)).toString('base64')}`;
const content = (body = '{"a":"ü"}') => ({
  id: 'run.verdict',
  timestampS: Math.floor(Date.now() / 1000),
  body,
});

describe('a signature', () => {
  it('is one that receivers of Standard Webhooks accept, for this body only', () => {
    const headers = { ...webhookHeaders(content(), signingKeys(secret('a'))) };
    expect(new Webhook(secret('a')).verify('{"a":"ü"}', headers)).toEqual({ a: 'ü' });
    expect(() => new Webhook(secret('a')).verify('{"a":"u"}', headers)).toThrow('No matching signature');
    expect(() => new Webhook(secret('b')).verify('{"a":"ü"}', headers)).toThrow('No matching signature');
  });

  it('is made with every secret while one is changed for another', () => {
    const headers = { ...webhookHeaders(content(), signingKeys(`${secret('a')}  ${secret('b')}\n`)) };
    for (const letter of ['a', 'b'])
      expect(new Webhook(secret(letter)).verify('{"a":"ü"}', headers)).toEqual({ a: 'ü' });
    expect(headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
  });

  it('is the one of the specification', () => {
    const keys = signingKeys('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    const body = '{"test": 2432232314}';
    expect(
      webhookHeaders({ id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestampS: 1614265330, body }, keys),
    ).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is left out without a secret', () => {
    expect(Object.keys(webhookHeaders(content(), []))).toEqual(['webhook-id', 'webhook-timestamp']);
  });
});

it.each(['', 'hunter2', 'whsec_', 'whsec_c2hvcnQ=', `${secret('a')} hunter2`, `whsec_${'a b'.repeat(20)}`])(
  'a secret is refused without being shown: %s',
  (text) => {
    expect(() => signingKeys(text)).toThrow(SigningSecretError);
    expect(() => signingKeys(text)).toThrow(
      'must be whsec_ and the base64 of at least 24 bytes, or several of these with spaces between them',
    );
  },
);
