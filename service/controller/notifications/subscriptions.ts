import { includesNamespace } from '../../analysis/index.js';
import {
  NOTIFICATION_TRIGGERS,
  type NotificationsFile,
  type NotificationTrigger,
  type Rollout,
} from '../../../schemas/index.js';

/** Who is told, as it is written in a record: `SERVICE:RECIPIENT`. */
export type Recipient = string;

/** Who is told of what about a Rollout. */
export interface Subscriptions {
  readonly recipients: ReadonlyMap<NotificationTrigger, readonly Recipient[]>;
  /** Annotations that can not be followed, each as a sentence. */
  readonly faults: readonly string[];
}

/** `notifications.argoproj.io/subscribe.TRIGGER.SERVICE`, and with the default triggers without one. */
const SUBSCRIBE = 'notifications.argoproj.io/subscribe.';
const DEFAULT_TRIGGERS = [
  'on-rollout-paused',
  'on-rollout-completed',
  'on-rollout-aborted',
  'on-rollout-degraded',
] as const;

const isTrigger = (text: string): text is NotificationTrigger =>
  NOTIFICATION_TRIGGERS.some((trigger) => trigger === text);

/** Subscriptions of the settings that are for the Rollout, and of its annotations, which are Argo Rollouts'. */
export function subscriptionsOf(rollout: Rollout, file: NotificationsFile): Subscriptions {
  const recipients = new Map<NotificationTrigger, Recipient[]>();
  const faults: string[] = [];
  const add = (triggers: readonly NotificationTrigger[], recipient: Recipient): void => {
    for (const trigger of triggers) {
      const known = recipients.get(trigger) ?? [];
      if (!known.includes(recipient)) recipients.set(trigger, [...known, recipient]);
    }
  };
  const { namespace = '', annotations = {} } = rollout.metadata ?? {};
  for (const { recipients: named, triggers, namespaces } of file.subscriptions ?? []) {
    if (namespaces !== undefined && !includesNamespace(namespaces, namespace)) continue;
    for (const recipient of named) add(triggers, recipientOf(recipient));
  }
  for (const [name, value] of Object.entries(annotations)) {
    if (!name.startsWith(SUBSCRIBE)) continue;
    const [first = '', second] = name.slice(SUBSCRIBE.length).split('.');
    const service = second ?? first;
    const triggers = second === undefined ? (file.defaultTriggers ?? DEFAULT_TRIGGERS) : [first];
    const known = triggers.filter(isTrigger);
    if (known.length < triggers.length)
      faults.push(`${name}: ${first} is no trigger; there are ${NOTIFICATION_TRIGGERS.join(', ')}`);
    else if (!file.services.some((each) => each.name === service))
      faults.push(
        `${name}: there is no service ${service}; the controller knows ${file.services.map((each) => each.name).join(', ') || 'none'}`,
      );
    else for (const each of value.split(';')) add(known, `${service}:${each.trim()}`);
  }
  return { recipients, faults };
}

/** `ci` is told without a recipient: `ci:`. */
const recipientOf = (text: string): Recipient => (text.includes(':') ? text : `${text}:`);

/** Service and recipient of a text of {@link Recipient}. */
export function partsOf(recipient: Recipient): { readonly service: string; readonly recipient: string } {
  const at = recipient.indexOf(':');
  return { service: recipient.slice(0, at), recipient: recipient.slice(at + 1) };
}
