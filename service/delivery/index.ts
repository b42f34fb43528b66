/** The door of `delivery/`: events of runs out, as signed webhooks. */
export { annotateCallbacks, type RunAndCallbacks, separateCallbacks } from './callbacks.js';
export { createDelivery, type Delivery, type DeliveryDeps } from './delivery.js';
export { SigningSecretError, signingKeys } from './signature.js';
