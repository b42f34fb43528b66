import type { NotificationsFile } from '../../../schemas/index.js';
import { SigningSecretError, signingKeys } from '../../delivery/index.js';
import type { Secret } from '../../platform/index.js';
import type { SettingsReader } from '../settings-reader.js';
import { readNotifications } from './read-file.js';

/** Who is told of Rollouts, and with what it is signed. */
export interface NotificationSettings {
  readonly file: NotificationsFile;
  /** Keys for webhooks without a secret of their own; none: those are sent unsigned. */
  readonly defaultKeys: readonly Uint8Array[];
}

/** The settings of notifications; undefined: nobody is told. What is wrong goes to the problems of the reader. */
export function readNotificationSettings(
  reader: SettingsReader,
  webhookSecret: Secret | undefined,
): NotificationSettings | undefined {
  const path = reader.text('notifications', 'ASSAY_NOTIFICATIONS_FILE');
  if (path === undefined) return undefined;
  const file = readNotifications(path, reader.problems);
  try {
    const defaultKeys = webhookSecret === undefined ? [] : signingKeys(webhookSecret.reveal());
    return file === undefined ? undefined : { file, defaultKeys };
  } catch (error) {
    if (!(error instanceof SigningSecretError)) throw error;
    reader.problems.push(`ASSAY_WEBHOOK_SECRET: ${error.message} (the value is not shown)`);
    return undefined;
  }
}
