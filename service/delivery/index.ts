/** The door of `delivery/`: events of runs out, as signed webhooks. */
export { annotateCallbacks, type RunAndCallbacks, separateCallbacks } from './callbacks.js';
export { checkWebhookSettings } from './check-settings.js';
export { createDelivery, type Delivery } from './delivery.js';
export { SigningSecretError } from './signature.js';
export { createWebhooks } from './webhooks.js';
