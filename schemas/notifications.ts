import { type Static, Type } from 'typebox';
import { choice, type Immutable, list, optional, shape, text } from './shape.js';

/** What Rollouts are told of, by the names that triggers have in Argo Rollouts where it has them. */
export const NOTIFICATION_TRIGGERS = [
  'on-rollout-updated',
  'on-rollout-paused',
  'on-rollout-completed',
  'on-rollout-aborted',
  'on-rollout-degraded',
  'on-analysis-run-failed',
  'on-analysis-run-error',
] as const;
/** See {@link NOTIFICATION_TRIGGERS}. */
export type NotificationTrigger = (typeof NOTIFICATION_TRIGGERS)[number];

const FILE_OR_VALUE = {
  value: optional(text('The text itself. Not for secrets.')),
  file: optional(text('A file that holds it, read for each request; one newline at its end is cut.')),
};

const fileOrValue = (title: string, description: string) =>
  shape(title, `${description} Exactly one of value and file.`, FILE_OR_VALUE);

/** Where notifications go. */
export const NotificationServiceSchema = shape('NotificationService', 'Where notifications go.', {
  name: text('Name, as in notifications.argoproj.io/subscribe.TRIGGER.NAME.', {
    pattern: '^[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?$',
  }),
  type: choice(
    ['webhook', 'slack'],
    'webhook: a signed CloudEvent (schemas/json/rollout-event.json). slack: a message as Slack and those like it understand it.',
  ),
  url: optional(
    fileOrValue(
      'NotificationUrl',
      "Where it is sent. Of slack: an incoming webhook, or with a token Slack's API (default https://slack.com/api/chat.postMessage).",
    ),
  ),
  token: optional(
    fileOrValue('NotificationToken', "Of slack: token of an app of Slack's; recipients are channels."),
  ),
  secret: optional(
    fileOrValue('NotificationSecret', 'Of webhook: signs it, whsec_…. Default: ASSAY_WEBHOOK_SECRET.'),
  ),
  headers: optional(
    list(
      shape('NotificationHeader', 'A header of every request.', {
        key: text('Name of the header.'),
        ...FILE_OR_VALUE,
      }),
      'Headers of every request.',
    ),
  ),
});
/** See {@link NotificationServiceSchema}. */
export type NotificationService = Immutable<Static<typeof NotificationServiceSchema>>;

/** Who is told of Rollouts that do not say so themselves. */
const SubscriptionSchema = shape('NotificationSubscription', 'Who is told of Rollouts, whatever they say.', {
  recipients: list(text('SERVICE, or SERVICE:RECIPIENT.'), 'Who is told.'),
  triggers: list(choice(NOTIFICATION_TRIGGERS, 'Name of a trigger.'), 'Of what.'),
  namespaces: optional(
    list(
      text('Name of a namespace; a * at its end stands for any rest.', {
        pattern: '^(?:\\*|[a-z0-9][a-z0-9-]*\\*?)$',
      }),
      'Of Rollouts in these namespaces. Absent: in all.',
    ),
  ),
});

/** The file that `ASSAY_NOTIFICATIONS_FILE` names. */
export const NotificationsFileSchema = shape('Notifications', 'Who is told of Rollouts, and how.', {
  services: list(NotificationServiceSchema, 'Where notifications go.'),
  subscriptions: optional(list(SubscriptionSchema, 'Who is told of Rollouts, whatever they say.')),
  defaultTriggers: optional(
    Type.Array(choice(NOTIFICATION_TRIGGERS, 'Name of a trigger.'), {
      description:
        'What the annotation notifications.argoproj.io/subscribe.SERVICE means, which names no trigger. Default: paused, completed, aborted, degraded.',
    }),
  ),
  links: optional(
    shape(
      'NotificationLinks',
      'Pages to link to, with {cluster}, {namespace}, {name} and {uid} in them, which are percent-encoded.',
      {
        rollout: optional(text('Page of a Rollout, e.g. of Argo CD.', { pattern: '^https?://[^\\s]+$' })),
        run: optional(
          text('Page of an AnalysisRun, e.g. https://assay.example/v1/analysisruns/{uid}.', {
            pattern: '^https?://[^\\s]+$',
          }),
        ),
      },
    ),
  ),
});
/** See {@link NotificationsFileSchema}. */
export type NotificationsFile = Immutable<Static<typeof NotificationsFileSchema>>;
