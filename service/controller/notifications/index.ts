/** The door of `notifications/`: people and pipelines are told of Rollouts. */
export { type Looking, Notifier, type NotifierDeps } from './notifier.js';
export { RECORD } from './record.js';
export { type NotificationSettings, readNotificationSettings } from './settings.js';
