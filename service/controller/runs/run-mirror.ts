import type { Clock, Log, Timers } from '../../platform/index.js';
import { type KubernetesApi, retryAfterOf, WatchedList } from '../../providers/kubernetes/index.js';
import { ANALYSIS_RUNS } from '../objects/collections.js';
import type { Events } from '../objects/event-recorder.js';
import { ANY_STATE } from '../objects/events.js';
import { tellUnwatched } from '../objects/unwatched.js';
import { LAST_RETRY_MS, retryMs } from '../retry.js';
import { askWhileSilent } from '../service/ask-while-silent.js';
import { followService } from '../service/follow-service.js';
import type { ServiceClient } from '../service/service-client.js';
import { WorkQueue } from '../work-queue.js';
import { AskService } from './ask-service.js';
import { ClusterUid } from './cluster-uid.js';
import { forgetOrphans } from './forget-orphans.js';
import { Forgetting } from './forgetting.js';
import { plan, type Step } from './plan.js';
import { keyOf, namespaceOf, type RunObject, readRunObject } from './run-object.js';
import { createRunObjects, type RunObjects, runsPath } from './run-objects.js';
import { objectSelector, type RunScope, selectionOf } from './run-scope.js';
import type { RunEventText } from './run-status.js';
import { SlowNamespaces } from './slow-namespaces.js';
import { SpecChanges } from './spec-changes.js';
import { lookAgain, ORPHANS_EVERY_MS, sweepOrphans } from './sweeps.js';
import { type Tracked, TrackedRuns } from './tracked-runs.js';
import { UntoldEvents } from './untold-events.js';

/** What a mirror of runs needs. */
export interface RunMirrorDeps {
  readonly api: KubernetesApi;
  readonly service: ServiceClient;
  readonly events: Events;
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
  readonly #list: WatchedList<RunObject>;
  readonly #queue: WorkQueue;
  readonly #tracked: TrackedRuns;
  readonly #uid: ClusterUid;
  readonly #ask: AskService;
  readonly #changes = new SpecChanges<Tracked>();
  readonly #untold = new UntoldEvents();
  readonly #forgetting: Forgetting;
  readonly #signal: AbortSignal;
  #isAway: string | undefined;

  constructor(deps: RunMirrorDeps, signal: AbortSignal) {
    const { api, scope, timers, log, clock } = deps;
    const service = askWhileSilent(deps.service);
    this.#deps = { ...deps, service };
    this.#signal = signal;
    const slow = new SlowNamespaces(clock);
    this.#objects = slow.timing(createRunObjects(api, signal));
    this.#tracked = new TrackedRuns(clock);
    this.#uid = new ClusterUid({ api, timers, log });
    this.#queue = new WorkQueue({
      ...{ concurrency: CONCURRENCY, timers, work: (key) => this.#work(key) },
      isSlow: (key) => slow.has(namespaceOf(key)),
    });
    const onFailed = (): void => {
      if (!signal.aborted) deps.metrics.failed('service');
    };
    this.#ask = new AskService({
      ...{ service, scope, clock, log, tracked: this.#tracked, uid: this.#uid, onFailed, signal },
      onMeasured: (tracked, spec) => {
        this.#changes.measured(tracked, spec);
      },
    });
    this.#forgetting = new Forgetting({
      ...{ service, cluster: scope.cluster, clock, queue: this.#queue, lastRetryMs: ORPHANS_EVERY_MS },
      isSwept: () => this.#uid.known !== undefined,
      onFailed,
    });
    this.#list = new WatchedList<RunObject>({
      ...{ api, path: runsPath(scope.namespace), read: readRunObject, keyOf: ({ key }: RunObject) => key },
      labelSelector: objectSelector(scope),
      isWanted: () => true,
      onListed: () => {
        deps.metrics.unwatched(ANALYSIS_RUNS.kind, undefined);
      },
      onChange: (object, gone) => {
        this.#changed(object, gone);
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
          this.#ask.back();
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
    const looking = lookAgain(
      {
        ...{ clock, timers, progressEveryMs: () => this.#progressEveryMs() },
        refreshSilentSince: (ms) => {
          this.#refresh(this.#tracked.silentSince(ms));
        },
      },
      signal,
    );
    const sweeping = sweepOrphans(
      {
        ...{ timers, log, sweep: () => this.#sweep(signal) },
        isReady: () => this.#list.current && this.#isAway === undefined,
      },
      signal,
    );
    await Promise.all([following, looking, sweeping]);
    metrics.foreign(0);
    await this.#queue.stop();
    await this.#list.ended();
  }

  #changed(object: RunObject, gone: boolean): void {
    if (gone) this.#untold.drop(object);
    else this.#tell(object, this.#untold.of(object));
    const another = gone ? object : this.#tracked.see(object);
    // Whatever the service does for an object that was deleted is ended.
    if (gone) this.#tracked.lose(object);
    if (another !== undefined) {
      this.#untold.drop(another);
      this.#forgetting.begin(another);
    }
    if (!gone) this.#queue.add(object.key);
  }

  /** Has events of a run recorded. */
  #tell({ metadata }: RunObject, events: readonly RunEventText[]): void {
    for (const { index, ...event } of events)
      this.#deps.events.tell({ ...metadata, kind: ANALYSIS_RUNS.kind }, event, {
        ...{ index, state: ANY_STATE },
        onTold: () => {
          this.#deps.metrics.wrote('event');
        },
      });
  }

  async #work(key: string): Promise<void> {
    const { clock, metrics, log } = this.#deps;
    if (this.#forgetting.isOf(key)) return this.#forgetting.work(key);
    for (;;) {
      const tracked = this.#tracked.get(key);
      if (tracked === undefined) return;
      this.#tell(tracked.object, this.#changes.news(tracked));
      const nowMs = clock.nowMs();
      const step = plan({ ...tracked, progressEveryMs: this.#progressEveryMs(key), nowMs });
      if (step.kind === 'nothing') return;
      if (step.kind === 'wait') {
        this.#queue.addAt(key, step.untilMs, nowMs);
        return;
      }
      try {
        if (!(await this.#take(step, tracked))) return;
      } catch (error) {
        // It was given up: whoever goes on finds what is to be written.
        if (this.#signal.aborted) return;
        // The API server is away, or refuses: the object says nothing of it, as it can not be written.
        metrics.failed('kubernetes');
        const run = tracked.object.key;
        log.warn(
          { err: error, run, step: step.kind },
          'an AnalysisRun could not be written and is tried again',
        );
        const pauseMs = Math.max(retryMs(tracked.failures.kubernetes++), retryAfterOf(error));
        this.#queue.addAt(key, clock.nowMs() + pauseMs, clock.nowMs());
        return;
      }
    }
  }

  /** True: look what is next. */
  async #take(step: Exclude<Step, { kind: 'nothing' | 'wait' }>, tracked: Tracked): Promise<boolean> {
    switch (step.kind) {
      case 'handOver':
        await this.#ask.handOver(tracked);
        // It was forgotten before the service had it.
        if (tracked.isGone) this.#forgetting.begin(tracked.object);
        return !this.#signal.aborted;
      case 'terminate':
        await this.#ask.terminate(tracked);
        return !this.#signal.aborted;
      case 'write':
        return this.#write(step, tracked);
      case 'delete':
        await this.#objects.delete(tracked.object);
        this.#deps.metrics.wrote('delete');
        // The watch tells when it is gone.
        return false;
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
      this.#tell(now, this.#untold.of(now));
      this.#tracked.read(tracked, now, object);
      return true;
    }
    this.#tracked.wrote(tracked, written, status);
    this.#tell(object, this.#untold.take(object));
    return true;
  }

  /** Asks the service about these runs: their changes may have been missed. */
  #refresh(which: (tracked: Tracked) => boolean): void {
    for (const tracked of this.#tracked.doubt(which)) this.#queue.add(tracked.object.key);
  }

  #progressEveryMs(key?: string): number {
    const everyMs = Math.max(PROGRESS_EVERY_MS, (this.#tracked.open * 1_000) / PROGRESS_WRITES_PER_SECOND);
    // Verdicts and runs that have not begun must not wait behind what is only news.
    return this.#queue.isCrowded(key) ? everyMs * BUSY_FACTOR : everyMs;
  }

  /** Ends runs whose objects were deleted, or given a verdict, while no controller looked. */
  async #sweep(signal: AbortSignal): Promise<void> {
    const { service, log, scope, metrics } = this.#deps;
    await this.#uid.read(signal);
    const foreign = await forgetOrphans({
      ...{ service, objects: this.#objects, selection: selectionOf(scope), log },
      clusterUid: this.#uid.known,
      isOpen: (id) => this.#tracked.ofId(id)?.object.isCompleted === false,
    });
    metrics.foreign(foreign);
  }
}
