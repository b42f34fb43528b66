import { afterEach, expect, it } from 'vitest';
import { EventRecorder } from '../../service/controller/objects/event-recorder.js';
import { ObjectCache } from '../../service/controller/objects/object-cache.js';
import { tellTemplateFaults } from '../../service/controller/templates/tell-template-faults.js';
import { createLog } from '../../service/platform/index.js';
import { type KubernetesApi, KubernetesError } from '../../service/providers/kubernetes/index.js';
import { FakeTime } from '../engine/fake-time.js';
import { eventually } from '../support/eventually.js';

const stopping: AbortController[] = [];
afterEach(() => {
  for (const each of stopping.splice(0)) each.abort();
});

const metric = { name: 'up', provider: { prometheus: { address: 'http://p', query: 'up' } } };
const broken = { ...metric, interval: 'ten minutes', successCondition: 'result.ok &&' };
const template = (name: string, metrics: readonly object[], more: object = {}) => ({
  metadata: { name, namespace: 'shop', uid: name, resourceVersion: '7', generation: 1, ...more },
  spec: { metrics },
});

interface Sent {
  readonly path: string;
  readonly body: {
    readonly metadata: { readonly name: string; readonly namespace: string };
    readonly involvedObject: object;
    readonly type: string;
    readonly reason: string;
    readonly message: string;
  };
}

/** A controller of a cluster with these templates; `onEvent` is what the API server makes of an event. */
async function begun(
  templates: readonly object[],
  clusterTemplates: readonly object[] = [],
  onEvent: () => void = () => undefined,
) {
  const sent: Sent[] = [];
  const lines: unknown[] = [];
  let more: (() => void) | undefined;
  const api: KubernetesApi = {
    request: ({ method, path, body }) => {
      if (method === 'POST') {
        sent.push({ path, body } as Sent);
        return Promise.resolve().then(onEvent);
      }
      const items = path.endsWith('/analysistemplates') ? templates : clusterTemplates;
      return Promise.resolve({ metadata: { resourceVersion: '9' }, items });
    },
    lines: async function* ({ path }) {
      for (;;) {
        const next = path.endsWith('/analysistemplates') ? lines.shift() : undefined;
        if (next !== undefined) yield next;
        else
          await new Promise<void>((resolve) => {
            if (path.endsWith('/analysistemplates')) more = resolve;
          });
      }
    },
    close: () => undefined,
  };
  const stop = new AbortController();
  stopping.push(stop);
  const time = new FakeTime();
  const log = createLog({ level: 'silent' });
  const cache = new ObjectCache({ api, log }, stop.signal);
  const events = new EventRecorder({ api, clock: time, timers: time, log });
  void tellTemplateFaults({ cache, events, scope: {}, timers: time, log }, stop.signal);
  await eventually('the templates are known', () => Promise.resolve(more === undefined ? undefined : true));
  return {
    ...{ sent, time },
    messages: () => sent.map(({ body }) => body.message),
    counted: (count: number) =>
      eventually(`${count} events`, () => Promise.resolve(sent.length === count ? true : undefined)),
    watch: (object: object) => {
      lines.push({ type: 'MODIFIED', object });
      more?.();
    },
  };
}

const FAULTS =
  'spec.metrics[0].interval: invalid interval string: time: invalid duration "ten minutes"; ' +
  'spec.metrics[0].successCondition: unexpected token EOF (1:13) — hint: the condition ends too early. In YAML, # after a space begins a comment: put a condition that has one in quotes';

it('a faulty template has an event with all of its faults, one that is right has none', async () => {
  const { sent, counted } = await begun([template('fine', [metric]), template('broken', [broken])]);
  await counted(1);
  expect(sent).toMatchObject([
    {
      path: '/api/v1/namespaces/shop/events',
      body: {
        ...{ type: 'Warning', reason: 'InvalidSpec', message: FAULTS },
        involvedObject: { kind: 'AnalysisTemplate', namespace: 'shop', name: 'broken', uid: 'broken' },
      },
    },
  ]);
});

it('events of templates of the whole cluster are in the namespace where such events are', async () => {
  const { sent, counted } = await begun([], [template('broken', [broken], { namespace: undefined })]);
  await counted(1);
  expect(sent[0]?.path).toBe('/api/v1/namespaces/default/events');
  expect(sent[0]?.body.metadata.namespace).toBe('default');
  expect(sent[0]?.body.involvedObject).not.toHaveProperty('namespace');
});

it('a state is told of once, by the same event whoever tells it', async () => {
  const first = await begun([template('broken', [broken])]);
  await first.counted(1);
  first.watch(template('broken', [broken], { resourceVersion: '10', labels: { a: 'b' } }));
  first.watch(template('broken', [broken], { resourceVersion: '11', generation: 2 }));
  await first.counted(2);
  const [one, two] = first.sent.map(({ body }) => body.metadata.name);
  expect(one).not.toBe(two);
  // Another controller, to which the server says that the event is there.
  const second = await begun([template('broken', [broken], { resourceVersion: '10' })], [], () => {
    throw new KubernetesError('badResponse', 'exists', 409);
  });
  await second.counted(1);
  expect(second.sent[0]?.body.metadata.name).toBe(one);
});

it('an event that the server does not take is recorded later, and then no more', async () => {
  let isIll = true;
  let [refused, taken] = [0, 0];
  const { time } = await begun([template('broken', [broken])], [], () => {
    if (isIll) {
      refused += 1;
      throw new KubernetesError('badResponse', 'ill', 500);
    }
    taken += 1;
  });
  await eventually('it was tried', () => (refused > 0 ? true : undefined));
  isIll = false;
  await eventually('it is recorded', async () => {
    await time.advance(5_000);
    return taken > 0 ? true : undefined;
  });
  await time.advance(60_000);
  expect(taken).toBe(1);
});

it('of more faults than an event holds the number of the others is told', async () => {
  const many = Array.from({ length: 40 }, (_, at) => ({ ...metric, name: `m${at}`, interval: 'ten' }));
  const { messages, counted } = await begun([template('broken', many)]);
  await counted(1);
  const [message = ''] = messages();
  expect(message.length).toBeLessThanOrEqual(1_024);
  const told = message.split('; ').length - 1;
  expect(message).toMatch(new RegExp(`; ${40 - told} more$`));
});
