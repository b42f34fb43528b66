import { type Config, ConfigError } from '../platform/index.js';
import { createDelivery, type Delivery, type DeliveryDeps } from './delivery.js';
import { SigningSecretError } from './signature.js';

/**
 * The sending of webhooks as the configuration wants it. Not started yet.
 * @throws ConfigError when the signing secret can not be used.
 */
export function createWebhooks(
  { webhookSecret }: Config,
  deps: Omit<DeliveryDeps, 'webhookSecret' | 'random'>,
): Delivery {
  try {
    return createDelivery({
      ...deps,
      random: Math.random,
      ...(webhookSecret === undefined ? {} : { webhookSecret }),
    });
  } catch (error) {
    if (!(error instanceof SigningSecretError)) throw error;
    throw new ConfigError([`ASSAY_WEBHOOK_SECRET: ${error.message} (the value is not shown)`]);
  }
}
