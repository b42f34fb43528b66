import type { Config, NameOf } from '../platform/index.js';
import { signingKeys, SigningSecretError } from './signature.js';

/** What is wrong with what settings want of webhooks, under the name of the setting. The secret is not shown. */
export function checkWebhookSettings({ webhookSecret }: Config, nameOf: NameOf): readonly string[] {
  if (webhookSecret === undefined) return [];
  try {
    signingKeys(webhookSecret.reveal());
    return [];
  } catch (error) {
    if (!(error instanceof SigningSecretError)) throw error;
    return [`${nameOf('webhookSecret')}: ${error.message} (the value is not shown)`];
  }
}
