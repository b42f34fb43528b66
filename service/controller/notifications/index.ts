/** The door of `notifications/`: people and pipelines are told of Rollouts. */
export { Notifier, type NotifierDeps } from './notifier.js';
export { type NotificationSettings, readNotificationSettings } from './settings.js';
