/** The door of `delivery/`: events of runs out, as signed webhooks. */
export { annotateCallbacks, type RunAndCallbacks, separateCallbacks } from './callbacks.js';
export { checkWebhookSettings } from './check-settings.js';
export { createDelivery, type Delivery } from './delivery.js';
export { EVENT_MEDIA_TYPE } from './event.js';
export { type Attempted, post, type Post } from './post.js';
export { nextStep } from './retry.js';
export { SigningSecretError, signingKeys } from './signature.js';
export { createWebhooks } from './webhooks.js';
