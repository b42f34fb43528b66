import {
  API_VERSION,
  type RolloutEvent,
  type RolloutEventData,
  rolloutEventType,
} from '../../../schemas/index.js';
import { isBad } from './facts.js';

/** The body of a webhook. */
export function eventOf(id: string, data: RolloutEventData): RolloutEvent {
  const { trigger, namespace, name, at } = data;
  const path = `/apis/${API_VERSION}/namespaces/${encodeURIComponent(namespace)}/rollouts/${encodeURIComponent(name)}`;
  return {
    ...{ specversion: '1.0', id, source: path, type: rolloutEventType(trigger) },
    ...{ subject: `${namespace}/${name}`, time: at, datacontenttype: 'application/json', data },
  };
}

const COLOURS = { bad: '#E01E5A', waits: '#ECB22E', good: '#2EB67D' } as const;

const TITLES: Readonly<Record<RolloutEventData['trigger'], string>> = {
  'on-rollout-updated': 'is being updated',
  'on-rollout-paused': 'is paused',
  'on-rollout-completed': 'has been updated',
  'on-rollout-aborted': 'was aborted',
  'on-rollout-degraded': 'is degraded',
  'on-analysis-run-failed': 'has a failed analysis',
  'on-analysis-run-error': 'has an analysis that could not be made',
};

interface Field {
  readonly title: string;
  readonly value: string;
  readonly short: boolean;
}

/** A message as Slack takes it, and those that understand its messages: Mattermost, Rocket.Chat, Zulip. */
export function slackMessage(data: RolloutEventData): Readonly<Record<string, unknown>> {
  const { trigger, cluster, namespace, name, message, link, analysis, step, from, to } = data;
  const title = `Rollout ${namespace}/${name} ${TITLES[trigger]}`;
  const fields: Field[] = [
    { title: 'Cluster', value: cluster, short: true },
    ...(step === undefined
      ? []
      : [{ title: 'Step', value: `${Math.min(step.index + 1, step.count)} of ${step.count}`, short: true }]),
    ...(from === undefined ? [] : [{ title: 'From', value: imagesOf(from), short: true }]),
    { title: 'To', value: imagesOf(to), short: true },
    ...(analysis?.metrics ?? []).map((metric) => ({
      title: `Metric ${metric.name}: ${metric.phase}`,
      value: metric.measurements.map(({ value, message: why, phase }) => value ?? why ?? phase).join(', '),
      short: false,
    })),
    ...(analysis?.link === undefined ? [] : [{ title: 'Analysis', value: analysis.link, short: false }]),
  ];
  const colour = isBad(trigger) ? 'bad' : trigger === 'on-rollout-paused' ? 'waits' : 'good';
  return {
    text: escaped(title),
    attachments: [
      {
        ...{ color: COLOURS[colour], fallback: title, text: escaped(message) },
        ...(link === undefined ? {} : { title: escaped(title), title_link: link }),
        fields: fields.map((field) => ({
          ...field,
          title: escaped(field.title),
          value: escaped(field.value),
        })),
      },
    ],
  };
}

function imagesOf({ revision, podTemplateHash, images }: RolloutEventData['to']): string {
  const version = revision === undefined ? podTemplateHash : `revision ${revision}`;
  return [version, ...images.map(({ image }) => image)].join('\n');
}

/** What Slack takes for markup of its own: https://api.slack.com/reference/surfaces/formatting#escaping. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
