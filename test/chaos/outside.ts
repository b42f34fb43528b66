import { startRecordingServer } from '../support/recording-server.js';
import type { Asked, Told } from './evidence.js';
import { answerOf, type PlannedRun, TIMEOUT_S } from './scenario.js';

/** What the service asks and tells, and what came of it. */
export interface Outside {
  readonly providerUrl: string;
  /** Of runs of the kind `slow`, whose provider can hang. */
  readonly slowProviderUrl: string;
  readonly callbackUrl: string;
  asked(run: string): ReadonlyMap<string, readonly Asked[]>;
  told(run: string): readonly Told[];
  /** Whether the slow provider answers too late from now on. */
  hang(hangs: boolean): void;
  close(): Promise<void>;
}

/** Starts the provider and the receiver of the runs that are planned. */
export async function startOutside(runs: readonly PlannedRun[]): Promise<Outside> {
  const kinds = new Map(runs.map(({ id, kind }) => [id, kind]));
  const questions = new Map<string, Map<string, Asked[]>>();
  const told = new Map<string, Told[]>();
  let hangs = false;

  const [provider, slowProvider, receiver] = await Promise.all([
    startRecordingServer(),
    startRecordingServer(),
    startRecordingServer(),
  ]);
  for (const each of [provider, slowProvider])
    each.answer(({ target }) => {
      const [, run = '', metric = ''] = target.split('/');
      const kind = kinds.get(run);
      if (kind === undefined) return { status: 404 };
      const metrics = questions.get(run) ?? new Map<string, Asked[]>();
      const asked = metrics.get(metric) ?? [];
      const hung = hangs && each === slowProvider;
      const number = asked.push({ number: asked.length + 1, atMs: Date.now(), hung });
      questions.set(run, metrics.set(metric, asked));
      return { body: answerOf(kind, number), ...(hung ? { delayMs: TIMEOUT_S * 1_000 + 2_000 } : {}) };
    });
  receiver.answer(({ target, headers, body }) => {
    const run = target.slice(1);
    const { data } = JSON.parse(body) as {
      readonly data?: { readonly status?: { readonly verdict?: string } };
    };
    const calls = told.get(run) ?? [];
    calls.push({ webhookId: headers['webhook-id'] ?? '', verdict: data?.status?.verdict });
    told.set(run, calls);
    return { status: 204 };
  });
  return {
    providerUrl: provider.url,
    slowProviderUrl: slowProvider.url,
    callbackUrl: receiver.url,
    asked: (run) => questions.get(run) ?? new Map<string, Asked[]>(),
    told: (run) => told.get(run) ?? [],
    hang(next) {
      hangs = next;
    },
    async close() {
      await Promise.all([provider.close(), slowProvider.close(), receiver.close()]);
    },
  };
}
