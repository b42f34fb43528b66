import { setImmediate } from 'node:timers/promises';
import type { Log, Timers } from '../../platform/index.js';
import { fields } from '../../providers/kubernetes/index.js';
import type { Fault } from '../../../schemas/index.js';
import { objectFaults } from '../admission/object-faults.js';
import { CLUSTER_TEMPLATES, type Collection, TEMPLATES } from '../objects/collections.js';
import type { Events } from '../objects/event-recorder.js';
import { MAX_EVENT_MESSAGE } from '../objects/events.js';
import type { ObjectCache, Stored } from '../objects/object-cache.js';
import { inOneLine } from '../one-line.js';
import { WorkQueue } from '../work-queue.js';

/** What telling of faulty templates needs. */
export interface TemplateFaultsDeps {
  readonly cache: ObjectCache;
  readonly events: Events;
  readonly scope: { readonly namespace?: string };
  readonly timers: Timers;
  readonly log: Log;
}

/** Few: nothing waits for it. */
const CONCURRENCY = 2;

/**
 * Tells of each AnalysisTemplate and ClusterAnalysisTemplate that is faulty, until `signal` is aborted: by an event with all
 * of its faults, as Argo Rollouts' templates have no status. Once for each generation: a controller that goes on after another
 * records the same event, which is one as long as the API server keeps it.
 */
export async function tellTemplateFaults(deps: TemplateFaultsDeps, signal: AbortSignal): Promise<void> {
  const { cache, events, scope, timers, log } = deps;
  const collections: readonly Collection[] = [
    { type: TEMPLATES, labelSelector: '' },
    ...(scope.namespace === undefined ? [{ type: CLUSTER_TEMPLATES, labelSelector: '' }] : []),
  ];
  /** What was looked at, and told of, by key: a change of labels, or a list that is read again, gives no work. */
  const looked = new Map<string, string>();

  const look = async (key: string): Promise<void> => {
    // Thousands of them are listed at once: whatever else is to be done has its turn between two.
    await setImmediate();
    const [kind = '', namespace = '', name = ''] = key.split('/');
    const collection = collections.find(({ type }) => type.kind === kind);
    const stored = collection === undefined ? undefined : cache.get(collection, namespace, name);
    if (stored === undefined) {
      looked.delete(key);
      return;
    }
    const state = stateOf(stored);
    if (looked.get(key) === state) return;
    const errors = faultsOf(kind, stored, log);
    if (errors.length === 0) {
      looked.set(key, state);
      return;
    }
    const subject = { ...stored.metadata, kind };
    const event = { type: 'Warning', reason: 'InvalidSpec', message: told(errors) } as const;
    events.tell(subject, event, {
      state: generationOf(stored),
      // One that was refused or given up is told again when the template is listed again.
      onTold: () => {
        looked.set(key, state);
      },
    });
  };
  const queue = new WorkQueue({ concurrency: CONCURRENCY, timers, work: look });

  const keyOf = (kind: string, { metadata }: Stored): string =>
    `${kind}/${metadata.namespace}/${metadata.name}`;
  const addAll = (): void => {
    for (const collection of collections) {
      for (const stored of cache.list(collection)) {
        const key = keyOf(collection.type.kind, stored);
        if (looked.get(key) !== stateOf(stored)) queue.add(key);
      }
    }
  };
  cache.listen({
    onChange: ({ kind }, stored) => {
      if (collections.some(({ type }) => type.kind === kind)) queue.add(keyOf(kind, stored));
    },
    onListed: addAll,
  });
  addAll();
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
  await queue.stop();
}

/** One that can not be looked at is as good as right: it is looked at again once it is changed. */
function faultsOf(kind: string, { json, metadata }: Stored, log: Log): readonly Fault[] {
  try {
    return objectFaults(kind, json)?.errors ?? [];
  } catch (error) {
    const { namespace, name } = metadata;
    log.warn({ err: error, template: `${kind}/${namespace}/${name}` }, 'a template could not be looked at');
    return [];
  }
}

/** Of a kind without a status it changes with everything but metadata. */
function generationOf({ json }: Stored): string {
  const { generation } = fields(json['metadata']);
  return typeof generation === 'number' ? String(generation) : '';
}

const stateOf = (stored: Stored): string => `${stored.metadata.uid} ${generationOf(stored)}`;

/** All faults, as far as an event holds them. */
function told(faults: readonly Fault[]): string {
  const all = faults.map(({ path, message }) => inOneLine(path === '' ? message : `${path}: ${message}`));
  let message = all[0] ?? '';
  for (const [index, fault] of all.slice(1).entries()) {
    const left = all.length - index - 1;
    const more = left === 1 ? '' : `; ${left - 1} more`;
    if (`${message}; ${fault}${more}`.length > MAX_EVENT_MESSAGE) return `${message}; ${left} more`;
    message = `${message}; ${fault}`;
  }
  return message;
}
