import {
  type AnalysisRunStatus,
  type AnalysisTemplate,
  type Argument,
  type Measurement,
  type RunRequest,
  VERDICT_EVENT_TYPE,
} from '../../../schemas/index.js';
import { CliError, EXIT } from '../exit-code.js';
import type { LoopbackClient } from './loopback.js';
import type { Judgement } from './rollout.js';
import type { Mailbox, WebhookInbox } from './webhook-inbox.js';

/** Told of each measurement when it is known. */
export type OnMeasurement = (metric: string, measurement: Measurement) => void;

/** A question to Assay. */
export interface Question {
  readonly template: AnalysisTemplate;
  readonly args: readonly Argument[];
  readonly onMeasurement: OnMeasurement;
  /** Gives up the waiting. */
  readonly signal: AbortSignal;
}

/** What {@link askAssay} works with. */
export interface JudgeMeans {
  /** `http://host:port` of the API. */
  readonly assayUrl: string;
  readonly client: LoopbackClient;
  readonly inbox: WebhookInbox;
  /** Time for the verdict, in ms. */
  readonly deadlineMs: number;
}

const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Starts a run over the HTTP API, and answers when the webhook with its verdict arrives.
 * @throws CliError when Assay refuses the run or no verdict arrives; the reason of the signal when it is aborted.
 */
export async function askAssay(question: Question, means: JudgeMeans): Promise<Judgement> {
  const { signal, onMeasurement } = question;
  const { inbox, deadlineMs } = means;
  signal.throwIfAborted();
  const ended = new AbortController();
  try {
    return await new Promise<Judgement>((resolve, reject) => {
      const tellNew = newMeasurements(onMeasurement);
      const mailbox = inbox.open(({ type, data: { status } }) => {
        tellNew(status);
        if (type === VERDICT_EVENT_TYPE) resolve(judgementOf(status));
      });
      const timer = setTimeout(() => {
        reject(new CliError(EXIT.failed, overdue(means)));
      }, deadlineMs);
      const giveUp = (): void => {
        reject(interruption(signal));
      };
      signal.addEventListener('abort', giveUp);
      ended.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        mailbox.close();
      });
      startRun(question, mailbox, means).catch(reject);
    });
  } finally {
    ended.abort();
  }
}

async function startRun(
  { template, args, signal }: Question,
  { url }: Mailbox,
  { assayUrl, client }: JudgeMeans,
): Promise<void> {
  const asked: RunRequest = {
    templates: [template],
    args,
    metadata: { namespace: 'demo' },
    callbacks: [{ url, events: ['measurement', 'verdict'] }],
  };
  const { status, body } = await client.send(`${assayUrl}/v1/analysisruns`, {
    method: 'POST',
    json: asked,
    timeoutMs: REQUEST_TIMEOUT_MS,
    signal,
  });
  if (status !== 201) throw new CliError(EXIT.failed, `Assay did not start the run: ${status} ${body}`);
}

/**
 * Every webhook has the whole status of its run, and one may overtake another: what is new in a status is told, and
 * nothing twice.
 */
function newMeasurements(tell: OnMeasurement): (status: AnalysisRunStatus) => void {
  const told = new Map<string, number>();
  return ({ metricResults = [] }) => {
    for (const { name, measurements = [] } of metricResults) {
      const finished = measurements.filter(({ finishedAt }) => finishedAt !== undefined);
      const before = told.get(name) ?? 0;
      for (const measurement of finished.slice(before)) tell(name, measurement);
      told.set(name, Math.max(before, finished.length));
    }
  };
}

function judgementOf({ verdict, phase, message, metricResults = [] }: AnalysisRunStatus): Judgement {
  // Without a verdict nothing is promoted, whatever else the event says.
  return {
    verdict: verdict ?? 'hold',
    phase,
    ...(message === undefined || message === '' ? {} : { message }),
    metrics: metricResults,
  };
}

function overdue({ deadlineMs, inbox: { refused } }: JudgeMeans): string {
  const late = `no webhook brought a verdict within ${deadlineMs / 1_000} s`;
  return refused.length === 0 ? late : `${late}; webhooks that were not believed: ${refused.join('; ')}`;
}

const interruption = ({ reason }: AbortSignal): Error =>
  reason instanceof Error ? reason : new Error(String(reason));
