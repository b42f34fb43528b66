import { readFile } from 'node:fs/promises';
import {
  isObject,
  type NotificationRecord,
  type NotificationService,
  type NotificationsFile,
} from '../../../schemas/index.js';
import { type Attempted, EVENT_MEDIA_TYPE, post, type Post, signingKeys } from '../../delivery/index.js';
import type { Clock } from '../../platform/index.js';
import { type HttpClient, ProviderError } from '../../providers/index.js';
import { eventOf, slackMessage } from './messages.js';
import { partsOf, type Recipient } from './subscriptions.js';

/** Something to tell somebody. */
export interface Notification {
  readonly id: string;
  readonly recipient: Recipient;
  readonly data: NotificationRecord['pending'][number]['data'];
}

/** What notifications are sent with. */
export interface SendDeps {
  readonly file: NotificationsFile;
  /** Keys for webhooks without a secret of their own; none: those are sent unsigned. */
  readonly defaultKeys: readonly Uint8Array[];
  readonly http: Pick<HttpClient, 'request'>;
  readonly clock: Clock;
}

type FileOrValue = NonNullable<NotificationService['url']>;

const SLACK_API = 'https://slack.com/api/chat.postMessage';
const JSON_TYPE = 'application/json; charset=utf-8';

/** Sends a notification once. Undefined: `signal` was aborted before there was an answer. */
export function send(
  notification: Notification,
  { file, defaultKeys, http, clock }: SendDeps,
  signal: AbortSignal,
): Promise<Attempted | undefined> {
  const { service: name, recipient } = partsOf(notification.recipient);
  const prepare = async (): Promise<Post> => {
    const service = file.services.find((each) => each.name === name);
    if (service === undefined) throw new ProviderError('secret', `there is no service ${name} any more`);
    const headers: Record<string, string> = {};
    for (const { key, ...source } of service.headers ?? []) headers[key] = await read(source);
    return service.type === 'slack'
      ? toSlack(service, recipient, notification, headers)
      : toWebhook(service, notification, headers, defaultKeys);
  };
  return post({ http, clock }, notification.id, prepare, signal);
}

async function toWebhook(
  { url = {}, secret }: NotificationService,
  { id, data }: Notification,
  headers: Readonly<Record<string, string>>,
  defaultKeys: readonly Uint8Array[],
): Promise<Post> {
  return {
    url: await read(url),
    headers: { ...headers, 'Content-Type': EVENT_MEDIA_TYPE },
    body: JSON.stringify(eventOf(id, data)),
    keys: secret === undefined ? defaultKeys : keysOf(await read(secret)),
  };
}

async function toSlack(
  { url, token }: NotificationService,
  channel: string,
  { data }: Notification,
  headers: Readonly<Record<string, string>>,
): Promise<Post> {
  const message = slackMessage(data);
  const common = { url: url === undefined ? SLACK_API : await read(url), keys: [] };
  if (token === undefined)
    return { ...common, headers: { ...headers, 'Content-Type': JSON_TYPE }, body: JSON.stringify(message) };
  return {
    ...common,
    headers: { ...headers, 'Content-Type': JSON_TYPE, Authorization: `Bearer ${await read(token)}` },
    body: JSON.stringify({ channel, ...message }),
    refusalIn: (answer) => slackRefusal(answer.text()),
  };
}

/** Slack's API answers 200 whatever becomes of the message. */
function slackRefusal(text: string): string | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return 'Slack answered no JSON';
  }
  if (!isObject(answer) || answer['ok'] === true)
    return isObject(answer) ? undefined : 'Slack answered no object';
  const { error } = answer;
  return `Slack refuses it: ${typeof error === 'string' ? error.slice(0, 100) : 'it does not say why'}`;
}

function keysOf(secret: string): readonly Uint8Array[] {
  try {
    return signingKeys(secret);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ProviderError('secret', `the secret of the webhook ${why}`, { cause: error });
  }
}

/** Files are read each time: those that are mounted are renewed. */
async function read({ value, file }: FileOrValue): Promise<string> {
  if (file === undefined) return value ?? '';
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ProviderError('secret', `a file of the notifications can not be read: ${why}`, {
      cause: error,
    });
  }
}
