import { readFileSync } from 'node:fs';
import {
  type NotificationService,
  type NotificationsFile,
  parseDocuments,
  refusedFaults,
  validateDocument,
} from '../../../schemas/index.js';
import { isOfConnection } from '../../analysis/index.js';
import { partsOf } from './subscriptions.js';

/**
 * The file of notifications, checked.
 * @param problems is given every fault with its path.
 */
export function readNotifications(path: string, problems: string[]): NotificationsFile | undefined {
  let documents: ReturnType<typeof parseDocuments>;
  try {
    documents = parseDocuments(readFileSync(path, 'utf8'), { source: path });
  } catch (error) {
    problems.push(`ASSAY_NOTIFICATIONS_FILE: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
  const [document, another] = documents;
  if (document === undefined || another !== undefined) {
    problems.push(`${path}: must be one document with a list of services`);
    return undefined;
  }
  const { value, ...report } = validateDocument('Notifications', document.value);
  // A misspelt field is a token or a subscription that is missing: better to hear of it now.
  const faults = refusedFaults(report).map(
    ({ path: place, message }) => `${place === '' ? '' : `${place}: `}${message}`,
  );
  if (value !== undefined) faults.push(...fileFaults(value));
  problems.push(...faults.map((fault) => `${path}: ${fault}`));
  return faults.length === 0 ? value : undefined;
}

/** What the shape can not say. */
function fileFaults({ services, subscriptions = [] }: NotificationsFile): readonly string[] {
  const names = services.map(({ name }) => name);
  return [
    ...services.flatMap((service, index) => [
      ...serviceFaults(service).map((fault) => `services[${index}]${fault}`),
      ...(names.indexOf(service.name) < index
        ? [`services[${index}].name: ${service.name} is given twice`]
        : []),
    ]),
    ...subscriptions.flatMap(({ recipients }, index) =>
      recipients
        .map((recipient) => partsOf(recipient.includes(':') ? recipient : `${recipient}:`).service)
        .filter((service) => !names.includes(service))
        .map((service) => `subscriptions[${index}].recipients: there is no service ${service}`),
    ),
  ];
}

function serviceFaults({ type, url, token, secret, headers = [] }: NotificationService): readonly string[] {
  const sourced = [
    ...([
      ['url', url],
      ['token', token],
      ['secret', secret],
    ] as const),
    ...headers.map((header, index) => [`headers[${index}]`, header] as const),
  ];
  return [
    ...sourced.flatMap(([name, source]) =>
      source === undefined || (source.value === undefined) !== (source.file === undefined)
        ? []
        : [`.${name}: must have exactly one of value and file`],
    ),
    ...(url === undefined && (type === 'webhook' || token === undefined)
      ? [`.url: is required${type === 'slack' ? ', or a token' : ''}`]
      : []),
    ...(url?.value !== undefined && !URL.canParse(url.value) ? ['.url.value: must be a URL'] : []),
    ...headers.flatMap(({ key }, index) =>
      isOfConnection(key) ? [`.headers[${index}].key: ${key} is set by the client`] : [],
    ),
    ...(type === 'webhook' && token !== undefined ? ['.token: is for slack: use headers'] : []),
    ...(type === 'slack' && secret !== undefined
      ? ['.secret: is for webhook: Slack checks no signatures']
      : []),
  ];
}
