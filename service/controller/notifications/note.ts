import type {
  AnalysisRun,
  NotificationRecord,
  NotificationsFile,
  ReplicaSet,
  Rollout,
} from '../../../schemas/index.js';
import { factsOf } from './facts.js';
import { momentsOf } from './moments.js';
import { RECORD, readRecord } from './record.js';
import { type Recipient, subscriptionsOf } from './subscriptions.js';

/** What is known of a Rollout. */
export interface NoteInput {
  readonly cluster: string;
  readonly file: NotificationsFile;
  readonly rollout: Rollout;
  readonly replicaSets: readonly ReplicaSet[];
  /** Those that it controls. */
  readonly analysisRuns: readonly AnalysisRun[];
  /** Whether a notification was delivered, or given up. */
  readonly isDone: (key: string, recipient: Recipient) => boolean;
  readonly nowMs: number;
}

/** What follows from a look at a Rollout. */
export interface Noted {
  /** The record to be written before anything else is decided; undefined: it is as it should be. */
  readonly write?: NotificationRecord;
  /** What is to be told now: it is on record. */
  readonly pending: NotificationRecord['pending'];
  /** What is wrong with the annotations of the Rollout, for its events. */
  readonly faults: readonly string[];
  /** Moments that could not be told of, as there are too many. */
  readonly dropped: number;
}

/** What is still to be told of one Rollout; beyond it the oldest is given up. */
const MAX_PENDING = 20;

/**
 * Compares what holds of a Rollout with what was seen of it. What is new goes on record with all that is to be told, before it
 * is told: whoever goes on after a restart tells it, with the same id. What held when a Rollout was first looked at is no news.
 */
export function note(input: NoteInput): Noted {
  const { rollout, file, analysisRuns, isDone } = input;
  const record = readRecord(rollout.metadata?.annotations?.[RECORD]);
  const { recipients, faults } = subscriptionsOf(rollout, file);
  if (record === undefined && recipients.size === 0) return { pending: [], faults, dropped: 0 };
  const moments = momentsOf(rollout, analysisRuns);
  const stable = rollout.status?.stableRS ?? '';
  const seen = moments.map(({ key }) => key);
  if (record === undefined) return { write: { stable, seen, pending: [] }, pending: [], faults, dropped: 0 };

  const known = new Set(record.seen);
  const news = moments.filter(({ key }) => !known.has(key));
  const left = record.pending
    .map((each) => ({ ...each, to: each.to.filter((recipient) => !isDone(each.key, recipient)) }))
    .filter(({ to }) => to.length > 0);
  const added = news.flatMap((moment) => {
    const to = recipients.get(moment.trigger) ?? [];
    if (to.length === 0) return [];
    const { cluster, replicaSets, nowMs } = input;
    const { links = {} } = file;
    const data = factsOf(moment, {
      ...{ cluster, rollout, replicaSets, links, nowMs },
      stableBefore: record.stable,
    });
    return [{ key: moment.key, to: [...to], data }];
  });
  const told = left.reduce((sum, { to }) => sum + to.length, 0);
  const before = record.pending.reduce((sum, { to }) => sum + to.length, 0);
  if (news.length === 0 && told === before) return { pending: record.pending, faults, dropped: 0 };
  const all = [...left, ...added];
  const pending = all.slice(-MAX_PENDING);
  return { write: { stable, seen, pending }, pending, faults, dropped: all.length - pending.length };
}
