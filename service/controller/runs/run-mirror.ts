import { type Clock, type Log, pause, type Timers } from '../../platform/index.js';
import { type KubernetesApi, WatchedList } from '../../providers/kubernetes/index.js';
import { ANALYSIS_RUNS } from '../objects/collections.js';
import { tellUnwatched } from '../objects/unwatched.js';
import { kindOfReason, ServiceAwayError } from '../service/away.js';
import { followService } from '../service/follow-service.js';
import type { ServiceClient } from '../service/service-client.js';
import { Warnings } from '../warnings.js';
import { WorkQueue } from '../work-queue.js';
import { ClusterUid } from './cluster-uid.js';
import { forgetOrphans } from './forget-orphans.js';
import { handedRun } from './handed-run.js';
import { plan, type Step } from './plan.js';
import { LAST_RETRY_MS, nextAskMs, retryMs } from './retry.js';
import { isOlder, keyOf, type RunObject, readRunObject } from './run-object.js';
import { createRunObjects, type RunObjects, runsPath } from './run-objects.js';
import { handedLabels, objectSelector, type RunScope, selectionOf } from './run-scope.js';
import { RunEvents } from './run-events.js';
import { SpecChanges } from './spec-changes.js';
import { type Tracked, TrackedRuns } from './tracked-runs.js';
import { UntoldEvents } from './untold-events.js';

/** What a mirror of runs needs. */
export interface RunMirrorDeps {
  readonly api: KubernetesApi;
  readonly service: ServiceClient;
  readonly scope: RunScope;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: RunMirrorMetrics;
}

/** What a mirror tells of its work. */
export interface RunMirrorMetrics {
  /** A write to the API server, by what it was: `status`, `event` or `delete`. */
  wrote(what: 'status' | 'event' | 'delete'): void;
  /** A request of one of the two sides failed and is repeated. */
  failed(side: 'kubernetes' | 'service'): void;
  /** So many runs of other clusters go on in the service under the name of this one. */
  foreign(runs: number): void;
  /** Why objects of a kind can not be watched; undefined: they are. */
  unwatched(kind: string, reason: string | undefined): void;
}

/** Objects worked on at once: so many requests are under way on each side. */
const CONCURRENCY = 32;
/** Least time between two statuses of a run that goes on, ms. */
const PROGRESS_EVERY_MS = 1_000;
/** All runs together write how they stand at most so often, in a second, whatever their number: as often as the service tells it. */
const PROGRESS_WRITES_PER_SECOND = 100;
/** How much rarer such writes are while work waits for a place. */
const BUSY_FACTOR = 5;
/** When runs that nobody has an object of are looked for first, ms. */
const FIRST_SWEEP_MS = 500;
/** How often the log tells the same reason for which the service takes no runs, ms. */
const TOLD_EVERY_MS = 5 * 60_000;
/** How often runs that nobody has an object of are looked for, ms. */
const ORPHANS_EVERY_MS = 5 * 60_000;
/** A run of which nothing was heard for so long, and several times its turn, is asked for: a change may have got lost, ms. */
const REFRESH_AFTER_MS = 60_000;
const TURNS_MISSED = 3;

/**
 * Hands AnalysisRun objects to the service and writes back how they stand, until `signal` is aborted. Everything follows
 * from the objects and from what the service answers: it may be ended at any point, and another one goes on.
 */
export async function mirrorRuns(deps: RunMirrorDeps, signal: AbortSignal): Promise<void> {
  const mirror = new RunMirror(deps, signal);
  await mirror.run(signal);
}

class RunMirror {
  readonly #deps: RunMirrorDeps;
  readonly #objects: RunObjects;
  readonly #events: RunEvents;
  readonly #list: WatchedList<RunObject>;
  readonly #queue: WorkQueue;
  readonly #tracked: TrackedRuns;
  readonly #uid: ClusterUid;
  readonly #warnings: Warnings;
  readonly #changes = new SpecChanges<Tracked>();
  readonly #untold = new UntoldEvents();
  /** How often the service did not forget what it was to, by key. */
  readonly #forgetting = new Map<string, number>();
  #isAway: string | undefined;

  constructor(deps: RunMirrorDeps, signal: AbortSignal) {
    const { api, scope, timers, log, clock } = deps;
    this.#deps = deps;
    this.#objects = createRunObjects(api, signal);
    this.#events = new RunEvents({
      objectsUntil: (until) => createRunObjects(api, until),
      ...{ clock, timers, log },
      onRecorded: () => {
        deps.metrics.wrote('event');
      },
    });
    this.#tracked = new TrackedRuns(clock);
    this.#warnings = new Warnings({ log, clock, everyMs: TOLD_EVERY_MS });
    this.#uid = new ClusterUid({ api, timers, log });
    this.#queue = new WorkQueue({ concurrency: CONCURRENCY, timers, work: (key) => this.#work(key) });
    this.#list = new WatchedList<RunObject>({
      ...{ api, path: runsPath(scope.namespace), read: readRunObject, keyOf: ({ key }: RunObject) => key },
      labelSelector: objectSelector(scope),
      isWanted: () => true,
      onListed: () => {
        deps.metrics.unwatched(ANALYSIS_RUNS.kind, undefined);
      },
      onChange: (object, gone) => {
        if (gone) this.#untold.drop(object);
        else this.#events.tell(object, this.#untold.of(object));
        const another = gone ? object : this.#tracked.see(object);
        // Whatever the service does for an object that was deleted is ended.
        if (gone) this.#tracked.lose(object);
        if (another !== undefined) this.#queue.add(forgetting(another));
        if (!gone) this.#queue.add(object.key);
      },
      onTrouble: (error) => {
        const reason = tellUnwatched(log, ANALYSIS_RUNS, error, runsPath(scope.namespace));
        deps.metrics.unwatched(ANALYSIS_RUNS.kind, reason);
      },
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { service, clock, timers, log, scope, metrics } = this.#deps;
    // Before anything is handed over, which is done with it.
    await this.#uid.read(signal);
    this.#list.start(signal);
    const following = followService(
      { service, clock, timers, log, selection: selectionOf(scope) },
      {
        onReady: () => {
          this.#warnings.clear();
          this.#isAway = undefined;
          this.#refresh(() => true);
        },
        onRun: ({ id, status, ...owner }) => {
          const tracked = this.#tracked.ofId(id);
          if (tracked === undefined || tracked.object.key !== keyOf(owner)) return;
          this.#tracked.know(tracked, status);
          this.#queue.add(tracked.object.key);
        },
        onAway: (reason) => {
          this.#isAway = reason;
          this.#refresh(({ service: view }) => view.kind === 'known');
        },
      },
      signal,
    );
    await Promise.all([following, this.#lookAgain(signal), this.#sweep(signal)]);
    metrics.foreign(0);
    await this.#queue.stop();
    await this.#events.end();
    await this.#list.ended();
  }

  async #work(key: string): Promise<void> {
    const { clock, metrics, log } = this.#deps;
    if (key.startsWith(FORGET)) return this.#forget(key);
    for (;;) {
      const tracked = this.#tracked.get(key);
      if (tracked === undefined) return;
      this.#events.tell(tracked.object, this.#changes.news(tracked));
      const nowMs = clock.nowMs();
      const step = plan({ ...tracked, progressEveryMs: this.#progressEveryMs(), nowMs });
      if (step.kind === 'nothing') return;
      if (step.kind === 'wait') {
        this.#queue.addAt(key, step.untilMs, nowMs);
        return;
      }
      try {
        if (!(await this.#take(step, tracked))) return;
      } catch (error) {
        // The API server is away, or refuses: the object says nothing of it, as it can not be written.
        metrics.failed('kubernetes');
        const run = tracked.object.key;
        log.warn(
          { err: error, run, step: step.kind },
          'an AnalysisRun could not be written and is tried again',
        );
        this.#queue.addAt(key, clock.nowMs() + retryMs(tracked.failures.kubernetes++), clock.nowMs());
        return;
      }
    }
  }

  /** True: look what is next. */
  async #take(step: Exclude<Step, { kind: 'nothing' | 'wait' }>, tracked: Tracked): Promise<boolean> {
    switch (step.kind) {
      case 'handOver':
        await this.#handOver(tracked);
        return true;
      case 'terminate':
        await this.#askService(tracked, async () => {
          const { service, scope } = this.#deps;
          const { metadata, open } = tracked.object;
          const { uid, namespace, name } = metadata;
          // Of an object that is being deleted nobody knows yet whether the run of its id is its own.
          const owner = open?.isDeleting === true ? { namespace, name, cluster: scope.cluster } : undefined;
          const status = await service.terminate(uid, owner);
          tracked.isTerminated = status !== undefined || tracked.object.open?.isDeleting === true;
          if (status === undefined) tracked.service = { kind: 'unknown' };
          else this.#tracked.know(tracked, status);
        });
        return true;
      case 'write':
        return this.#write(step, tracked);
      case 'delete':
        await this.#objects.delete(tracked.object);
        this.#deps.metrics.wrote('delete');
        // The watch tells when it is gone.
        return false;
    }
  }

  async #handOver(tracked: Tracked): Promise<void> {
    const { object } = tracked;
    const { open } = object;
    if (open === undefined) return;
    await this.#askService(tracked, async () => {
      const run = handedRun(object, open.spec, handedLabels(this.#deps.scope, this.#uid.known));
      const handed = await this.#deps.service.handOver(object.metadata.uid, run);
      if (handed.kind === 'known') {
        this.#changes.measured(tracked, handed.spec ?? open.spec);
        this.#tracked.know(tracked, handed.status);
      } else tracked.service = handed;
    });
    // It was forgotten before the service had it.
    if (tracked.isGone) this.#queue.add(forgetting(object));
  }

  async #askService(tracked: Tracked, ask: () => Promise<void>): Promise<void> {
    try {
      await ask();
    } catch (error) {
      this.#deps.metrics.failed('service');
      const askedMs = error instanceof ServiceAwayError ? error.retryAtMs : undefined;
      const reason = error instanceof Error ? error.message : String(error);
      this.#warnings.warn(
        kindOfReason(reason),
        { reason, run: tracked.object.key },
        'the Assay service takes no runs, or not this one: objects wait and say so',
      );
      const nowMs = this.#deps.clock.nowMs();
      const { service } = tracked;
      tracked.service = {
        ...{ kind: 'away', reason },
        sinceMs: service.kind === 'away' ? service.sinceMs : nowMs,
        retryAtMs: nextAskMs(nowMs, tracked.failures.service++, askedMs),
      };
    }
  }

  async #write({ status, events }: Extract<Step, { kind: 'write' }>, tracked: Tracked): Promise<boolean> {
    const { object } = tracked;
    this.#untold.keep(object, { status, events });
    const written = await this.#objects.writeStatus(object, status);
    this.#deps.metrics.wrote('status');
    tracked.failures.kubernetes = 0;
    if (written === undefined) {
      // The watch tells that it is gone; unless the API server has only lost its definition for a moment.
      this.#queue.addAt(object.key, this.#deps.clock.nowMs() + LAST_RETRY_MS, this.#deps.clock.nowMs());
      return false;
    }
    if (written === 'changed') {
      const now = await this.#objects.read(object.metadata.namespace, object.metadata.name);
      if (now?.metadata.uid !== object.metadata.uid) return false;
      if (now.metadata.resourceVersion === object.metadata.resourceVersion)
        throw new Error('the API server says that the object was changed, and has no later state of it');
      this.#events.tell(now, this.#untold.of(now));
      this.#tracked.replace(tracked, now);
      return true;
    }
    tracked.writtenAtMs = this.#deps.clock.nowMs();
    // The watch may have been faster, and have brought what came after it.
    if (!isOlder(written.metadata, tracked.object.metadata)) {
      tracked.written = status;
      tracked.object = written;
    }
    this.#events.tell(object, this.#untold.take(object));
    return true;
  }

  async #forget(key: string): Promise<void> {
    const { service, scope, clock, metrics } = this.#deps;
    const [uid = '', namespace = '', name = ''] = key.slice(FORGET.length).split('/');
    try {
      await service.forget(uid, { namespace, name, cluster: scope.cluster });
      this.#forgetting.delete(key);
    } catch {
      // The service is away, which its stream tells, or refuses.
      metrics.failed('service');
      const failures = this.#forgetting.get(key) ?? 0;
      const wantedMs = (LAST_RETRY_MS / 3) * 2 ** failures;
      const pauseMs = Math.min(wantedMs, ORPHANS_EVERY_MS);
      // A sweep finds the run then, if it can tell whose it is.
      if (wantedMs > ORPHANS_EVERY_MS && this.#uid.known !== undefined) this.#forgetting.delete(key);
      else {
        this.#forgetting.set(key, failures + 1);
        this.#queue.addAt(key, clock.nowMs() + pauseMs, clock.nowMs());
      }
    }
  }

  /** Asks the service about these runs: their changes may have been missed. */
  #refresh(which: (tracked: Tracked) => boolean): void {
    for (const tracked of this.#tracked.doubt(which)) this.#queue.add(tracked.object.key);
  }

  #progressEveryMs(): number {
    const everyMs = Math.max(PROGRESS_EVERY_MS, (this.#tracked.size * 1_000) / PROGRESS_WRITES_PER_SECOND);
    // Verdicts and runs that have not begun must not wait behind what is only news.
    return this.#queue.depth > CONCURRENCY ? everyMs * BUSY_FACTOR : everyMs;
  }

  /** Asks for runs that nothing was heard of. */
  async #lookAgain(signal: AbortSignal): Promise<void> {
    const { timers, clock } = this.#deps;
    while ((await pause(timers, REFRESH_AFTER_MS / 6, signal)) === 'late') {
      const silentMs = Math.max(REFRESH_AFTER_MS, TURNS_MISSED * this.#progressEveryMs());
      const beforeMs = clock.nowMs() - silentMs;
      this.#refresh(this.#tracked.silentSince(beforeMs));
    }
  }

  /** Ends runs whose objects were deleted, or given a verdict, while no controller looked. */
  async #sweep(signal: AbortSignal): Promise<void> {
    const { service, timers, log, scope, metrics } = this.#deps;
    let pauseMs = FIRST_SWEEP_MS;
    while ((await pause(timers, pauseMs, signal)) === 'late') {
      if (!this.#list.current || this.#isAway !== undefined) {
        pauseMs = Math.min(pauseMs * 2, LAST_RETRY_MS);
        continue;
      }
      try {
        await this.#uid.read(signal);
        const foreign = await forgetOrphans({
          ...{ service, objects: this.#objects, selection: selectionOf(scope), log },
          clusterUid: this.#uid.known,
          isOpen: (id) => this.#tracked.ofId(id)?.object.isCompleted === false,
        });
        metrics.foreign(foreign);
        pauseMs = ORPHANS_EVERY_MS;
      } catch (error) {
        log.warn({ err: error }, 'runs without an object could not be looked for');
        pauseMs = LAST_RETRY_MS;
      }
    }
  }
}

/** What the keys of runs that are to be forgotten begin with: no name of an object does. */
const FORGET = 'forget ';
const forgetting = ({ key, metadata: { uid } }: RunObject): string => `${FORGET}${uid}/${key}`;
