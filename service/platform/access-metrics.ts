import { Counter, Gauge, type Registry } from 'prom-client';

/** Ways in which a caller is known, as the label `method`; `none`: there were no credentials that could be understood. */
export type AccessMethod = 'token' | 'oidc' | 'kubernetes' | 'none';
/** What became of credentials, as the label `outcome`; `unavailable`: whoever could tell did not answer. */
export type AccessOutcome = 'accepted' | 'refused' | 'unavailable' | 'limited';
/** Why a new run was not taken on, as the label `reason`. */
export type RefusalReason = 'running' | 'rate' | 'behind';

/** Metrics of who asks. */
export interface AccessMetrics {
  /** Credentials were looked at: `assay_authentications_total`. */
  authenticated(method: AccessMethod, outcome: AccessOutcome): void;
  /** The file of tokens was read: `assay_access_file_ok` says whether it can be used as it is now. */
  accessRead(ok: boolean): void;
  /** A run was refused for a limit: `assay_runs_refused_total`. */
  runRefused(reason: RefusalReason): void;
}

/** Registers the metrics of who asks. */
export function createAccessMetrics(registry: Registry): AccessMetrics {
  const registers = [registry];
  const authentications = new Counter({
    name: 'assay_authentications_total',
    help: 'Credentials that were looked at, by how the caller is known and outcome.',
    labelNames: ['method', 'outcome'],
    registers,
  });
  const refused = new Counter({
    name: 'assay_runs_refused_total',
    help: 'Runs that were refused for a limit.',
    labelNames: ['reason'],
    registers,
  });
  let file: Gauge | undefined;
  return {
    authenticated(method, outcome) {
      authentications.inc({ method, outcome });
    },
    accessRead(ok) {
      // Only where there is such a file: 0 is an alarm.
      file ??= new Gauge({
        name: 'assay_access_file_ok',
        help: 'Whether the file of tokens can be used as it is now; if not, what was read before holds.',
        registers,
      });
      file.set(Number(ok));
    },
    runRefused(reason) {
      refused.inc({ reason });
    },
  };
}
