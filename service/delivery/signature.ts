import { createHmac } from 'node:crypto';

/** Bytes of a key below which it can be guessed: the least that Standard Webhooks allows. */
const MIN_KEY_BYTES = 24;
const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

/** A text that is no signing secret. The message does not show it. */
export class SigningSecretError extends Error {
  override readonly name = 'SigningSecretError';

  constructor() {
    super(
      `must be whsec_ and the base64 of at least ${MIN_KEY_BYTES} bytes, or several of these with spaces between them`,
    );
  }
}

/**
 * The keys of a secret as Standard Webhooks writes it: `whsec_<base64>`. Several ones with spaces between them are all
 * valid at a time, so that a secret can be changed without a gap.
 * @throws SigningSecretError
 */
export function signingKeys(secret: string): readonly Uint8Array[] {
  return secret
    .trim()
    .split(/\s+/)
    .map((text) => {
      const key = Buffer.from(SECRET.exec(text)?.[1] ?? '', 'base64');
      if (key.byteLength < MIN_KEY_BYTES) throw new SigningSecretError();
      return key;
    });
}

/** What is signed. */
export interface SignedContent {
  readonly id: string;
  readonly timestampS: number;
  readonly body: string;
}

/** The headers of Standard Webhooks, with one signature for each key; without keys there is no signature. */
export function webhookHeaders(
  { id, timestampS, body }: SignedContent,
  keys: readonly Uint8Array[],
): Readonly<Record<string, string>> {
  const signatures = keys.map((key) => {
    const digest = createHmac('sha256', key).update(`${id}.${timestampS}.${body}`).digest('base64');
    return `v1,${digest}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampS),
    ...(signatures.length === 0 ? {} : { 'webhook-signature': signatures.join(' ') }),
  };
}
