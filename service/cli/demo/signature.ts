import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The time by which clocks may differ, in seconds; an older webhook may be a replayed one. */
const TOLERANCE_S = 300;
const SECRET_PREFIX = 'whsec_';
const SECRET_BYTES = 32;

/** A new secret for signing webhooks, as `ASSAY_WEBHOOK_SECRET` takes it. */
export const newWebhookSecret = (): string =>
  `${SECRET_PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;

/**
 * Checks who sent a webhook, by the headers `webhook-id`, `webhook-timestamp` (seconds since 1970) and
 * `webhook-signature` of Standard Webhooks (https://www.standardwebhooks.com), and on the body as it came: parsed and
 * written again it would be another text.
 * @returns what is wrong; undefined when nothing is.
 */
export function signatureFault(
  body: Buffer,
  headers: IncomingHttpHeaders,
  secret: string,
  nowMs: number,
): string | undefined {
  const header = (name: string): string => String(headers[`webhook-${name}`] ?? '');
  const [id, timestamp, signatures] = [header('id'), header('timestamp'), header('signature')];
  if (id === '') return 'there is no webhook-id';
  // Also when it is no number.
  if (!(Math.abs(nowMs / 1_000 - Number(timestamp)) <= TOLERANCE_S))
    return 'webhook-timestamp is not of these minutes';
  const expected = createHmac('sha256', Buffer.from(secret.replace(SECRET_PREFIX, ''), 'base64'))
    .update(`${id}.${timestamp}.`)
    .update(body)
    .digest();
  // While a secret is changed there are two signatures, with a space between.
  const matches = signatures
    .split(' ')
    .filter((each) => each.startsWith('v1,'))
    .map((each) => Buffer.from(each.slice('v1,'.length), 'base64'))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
  return matches ? undefined : 'webhook-signature is not one of our secret';
}
