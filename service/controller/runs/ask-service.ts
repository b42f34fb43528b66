import type { Clock, Log } from '../../platform/index.js';
import { nextAskMs } from '../retry.js';
import { kindOfReason, ServiceAwayError } from '../service/away.js';
import type { ServiceClient } from '../service/service-client.js';
import { Warnings } from '../warnings.js';
import type { ClusterUid } from './cluster-uid.js';
import { handedRun } from './handed-run.js';
import { handedLabels, type RunScope } from './run-scope.js';
import type { Tracked, TrackedRuns } from './tracked-runs.js';

/** What {@link AskService} needs. */
interface AskServiceDeps {
  readonly service: Pick<ServiceClient, 'handOver' | 'terminate'>;
  readonly scope: RunScope;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracked: Pick<TrackedRuns, 'know'>;
  readonly uid: Pick<ClusterUid, 'known'>;
  /** The service measures a run by this spec. */
  readonly onMeasured: (tracked: Tracked, spec: Readonly<Record<string, unknown>>) => void;
  readonly onFailed: () => void;
  /** Aborted when nothing more is to be asked: a request that this ended has not failed. */
  readonly signal: AbortSignal;
}

/** How often the log tells the same reason for which the service takes no runs, ms. */
const TOLD_EVERY_MS = 5 * 60_000;

/** Asks the service about runs. What it says, or that it can not be asked, is known of them then; nothing rejects. */
export class AskService {
  readonly #deps: AskServiceDeps;
  readonly #warnings: Warnings;

  constructor(deps: AskServiceDeps) {
    this.#deps = deps;
    const { log, clock } = deps;
    this.#warnings = new Warnings({ log, clock, everyMs: TOLD_EVERY_MS });
  }

  /** The service can be asked again: any trouble is new from now on. */
  back(): void {
    this.#warnings.clear();
  }

  /** Gives it a run, which it may have already. */
  async handOver(tracked: Tracked): Promise<void> {
    const { object } = tracked;
    const { open } = object;
    if (open === undefined) return;
    // It can not be sent, however often that is tried.
    if (open.otherBytes === Number.POSITIVE_INFINITY) {
      tracked.service = { kind: 'refused', faults: [{ path: 'spec', message: 'is nested too deeply' }] };
      return;
    }
    await this.#ask(tracked, async () => {
      const { service, scope, uid, onMeasured } = this.#deps;
      const run = handedRun(object, open.spec, handedLabels(scope, uid.known));
      const handed = await service.handOver(object.metadata.uid, run);
      if (handed.kind === 'known') {
        onMeasured(tracked, handed.spec ?? open.spec);
        this.#deps.tracked.know(tracked, handed.status);
      } else tracked.service = handed;
    });
  }

  /** Has it end a run. */
  async terminate(tracked: Tracked): Promise<void> {
    await this.#ask(tracked, async () => {
      const { service, scope } = this.#deps;
      const { metadata, open } = tracked.object;
      const { uid, namespace, name } = metadata;
      // Of an object that is being deleted nobody knows yet whether the run of its id is its own.
      const owner = open?.isDeleting === true ? { namespace, name, cluster: scope.cluster } : undefined;
      const status = await service.terminate(uid, owner);
      tracked.isTerminated = status !== undefined || tracked.object.open?.isDeleting === true;
      if (status === undefined) tracked.service = { kind: 'unknown' };
      else this.#deps.tracked.know(tracked, status);
    });
  }

  async #ask(tracked: Tracked, ask: () => Promise<void>): Promise<void> {
    const askedAtMs = this.#deps.clock.nowMs();
    try {
      await ask();
    } catch (error) {
      if (this.#deps.signal.aborted) return;
      this.#deps.onFailed();
      const wantedMs = error instanceof ServiceAwayError ? error.retryAtMs : undefined;
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
        sinceMs: service.kind === 'away' ? service.sinceMs : askedAtMs,
        retryAtMs: nextAskMs(nowMs, tracked.failures.service++, wantedMs),
      };
    }
  }
}
