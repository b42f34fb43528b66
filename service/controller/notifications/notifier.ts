import { createHash } from 'node:crypto';
import { fromMoment } from '../../analysis/index.js';
import { nextStep } from '../../delivery/index.js';
import type { Log, Timers } from '../../platform/index.js';
import type { ObjectEvent } from '../objects/events.js';
import type { Snapshot } from '../rollout/types.js';
import { note } from './note.js';
import { RECORD } from './record.js';
import { type Notification, send, type SendDeps } from './send.js';
import { partsOf, type Recipient } from './subscriptions.js';

/** What {@link Notifier} needs. */
export interface NotifierDeps extends SendDeps {
  readonly cluster: string;
  readonly timers: Timers;
  /** A number from 0 to below 1. */
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: {
    /** A notification was delivered, or an attempt at it failed. */
    notified(what: {
      readonly namespace: string;
      readonly name: string;
      readonly service: string;
      readonly trigger: string;
      readonly isDelivered: boolean;
    }): void;
  };
  /** A notification of the Rollout has come to its end: it is to be taken off its record. */
  readonly onDone: (rollout: { readonly namespace: string; readonly name: string }) => void;
}

/** What a look at a Rollout is done with. */
export interface Looking {
  /** Merge patch of the Rollout, if it still is the one that was looked at. */
  readonly patch: (patch: Readonly<Record<string, unknown>>) => Promise<void>;
  /** Has an event of the Rollout recorded. */
  readonly tell: (event: ObjectEvent) => void;
}

/** A notification on its way. */
interface Sending {
  readonly notification: Notification;
  readonly tell: Looking['tell'];
  readonly firstTryAtMs: number;
  tries: number;
  isDone: boolean;
  cancel?: () => void;
}

/**
 * Tells people of Rollouts. What is to be told is on record in the Rollout before it is sent, and until it was: a controller
 * that goes on after another sends it with the same id. Delivered at least once, for as long and as often as webhooks are.
 */
export class Notifier {
  readonly #deps: NotifierDeps;
  readonly #signal: AbortSignal;
  readonly #sendings = new Map<string, Sending>();
  /** Faults of annotations that were told of, by Rollout. */
  readonly #faults = new Map<string, string>();

  constructor(deps: NotifierDeps, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
  }

  /** Sends what is on record, and puts on it what is new. True: it was written, and the Rollout is to be looked at again. */
  async look(snapshot: Snapshot, { patch, tell }: Looking): Promise<boolean> {
    const { cluster, file } = this.#deps;
    const { rollout, replicaSets, analysisRuns, nowMs } = snapshot;
    const uid = rollout.metadata?.uid ?? '';
    const { write, pending, faults, dropped } = note({
      ...{ cluster, file, rollout, replicaSets, analysisRuns, nowMs },
      isDone: (key, recipient) => this.#sendings.get(idOf(uid, key, recipient))?.isDone === true,
    });
    this.#tellFaults(snapshot, faults, tell);
    if (write !== undefined) {
      await patch({ metadata: { annotations: { [RECORD]: JSON.stringify(write) } } });
      if (dropped > 0)
        tell({
          ...{ type: 'Warning', reason: 'NotificationsDropped' },
          message: `${dropped} notifications were given up: too many could not be delivered`,
        });
    }
    const wanted = new Set<string>();
    for (const { key, to, data } of pending) {
      for (const recipient of to) {
        const id = idOf(uid, key, recipient);
        wanted.add(id);
        this.#begin({ id, recipient, data }, tell, fromMoment(data.at) ?? nowMs);
      }
    }
    for (const [id, { notification, cancel }] of this.#sendings) {
      if (notification.data.uid !== uid || wanted.has(id)) continue;
      cancel?.();
      this.#sendings.delete(id);
    }
    return write !== undefined;
  }

  /** Sends no more about a Rollout that is gone. */
  forget({ namespace, name }: { readonly namespace: string; readonly name: string }): void {
    this.#faults.delete(`${namespace}/${name}`);
    for (const [id, { notification, cancel }] of this.#sendings) {
      if (notification.data.namespace !== namespace || notification.data.name !== name) continue;
      cancel?.();
      this.#sendings.delete(id);
    }
  }

  #begin(notification: Notification, tell: Looking['tell'], firstTryAtMs: number): void {
    if (this.#sendings.has(notification.id)) return;
    const sending = { notification, tell, firstTryAtMs, tries: 0, isDone: false };
    this.#sendings.set(notification.id, sending);
    void this.#send(sending);
  }

  async #send(sending: Sending): Promise<void> {
    const { clock, log, metrics, random, timers, onDone } = this.#deps;
    const { notification, tell, firstTryAtMs } = sending;
    const { id, data, recipient } = notification;
    const { namespace, name, trigger } = data;
    const attempted = await send(notification, this.#deps, this.#signal);
    if (attempted === undefined || this.#signal.aborted) return;
    const { attempt, retryAfter } = attempted;
    const { outcome, status, error } = attempt;
    const next = nextStep(
      {
        ...(status === undefined || (outcome !== 'delivered' && status < 300) ? {} : { status }),
        ...(retryAfter === undefined ? {} : { retryAfter }),
        ...{ tries: sending.tries, firstTryAtMs, nowMs: clock.nowMs() },
      },
      random(),
    );
    sending.tries += 1;
    const { service } = partsOf(recipient);
    metrics.notified({ namespace, name, service, trigger, isDelivered: next.kind === 'delivered' });
    const told = { rollout: `${namespace}/${name}`, trigger, service, notification: id, outcome, status };
    if (next.kind === 'delivered') log.info(told, 'a notification was delivered');
    else log.warn({ ...told, error }, 'a notification could not be delivered');
    // Whoever waits for it sees no logs: said of the first time, and of the last.
    if (next.kind === 'failed' || (next.kind === 'retry' && sending.tries === 1))
      tell({
        ...{ type: 'Warning', reason: next.kind === 'failed' ? 'NotificationFailed' : 'NotificationDelayed' },
        message: `${trigger} for ${recipient.replace(/:$/, '')} ${next.kind === 'failed' ? 'was given up' : 'is tried again'}: ${error ?? outcome}`,
      });
    if (this.#sendings.get(id) !== sending) return;
    if (next.kind === 'retry') {
      sending.cancel = timers.set(() => void this.#send(sending), next.atMs - clock.nowMs());
      return;
    }
    sending.isDone = true;
    onDone({ namespace, name });
  }

  #tellFaults({ rollout }: Snapshot, faults: readonly string[], tell: Looking['tell']): void {
    const key = `${rollout.metadata?.namespace ?? ''}/${rollout.metadata?.name ?? ''}`;
    const message = faults.join('; ');
    if ((this.#faults.get(key) ?? '') === message) return;
    this.#faults.set(key, message);
    if (message !== '') tell({ type: 'Warning', reason: 'InvalidNotification', message });
  }
}

/** The same for every attempt of any controller. */
const idOf = (uid: string, key: string, recipient: Recipient): string =>
  `ntf_${createHash('sha256')
    .update(JSON.stringify([uid, key, recipient]))
    .digest('hex')
    .slice(0, 24)}`;
