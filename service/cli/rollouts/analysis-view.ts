import { fields, readMeta, text } from '../../providers/kubernetes/index.js';
import { at, list, number } from './json.js';
import { byCreation, isOwned, revisionOf } from './owned.js';
import { type ReplicaSetView, viewReplicaSets } from './replica-set-view.js';

/** A Job that a run measured with. */
export interface JobView {
  readonly name: string;
  readonly status: string;
  readonly startedAtMs: number;
}

/** An analysis: its phase and how its measurements went, over all metrics. */
export interface AnalysisView {
  readonly name: string;
  readonly createdAtMs: number;
  readonly revision: number;
  readonly status: string;
  readonly successful: number;
  readonly failed: number;
  readonly inconclusive: number;
  readonly error: number;
  readonly jobs: readonly JobView[];
}

/** The analyses of an owner: of the newest revision first, then the oldest. */
export function viewAnalyses(ownerUid: string, runs: readonly unknown[]): readonly AnalysisView[] {
  return runs
    .filter((run) => isOwned(run, ownerUid))
    .map(view)
    .sort(
      (one, other) =>
        other.revision - one.revision || byCreation(one, other) || (one.name > other.name ? -1 : 1),
    );
}

function view(json: unknown): AnalysisView {
  const { name, createdAtMs, annotations } = readMeta(at(json, 'metadata'));
  const results = list(at(json, 'status', 'metricResults'));
  const sum = (count: string): number => results.reduce((total, each) => total + number(each[count]), 0);
  return {
    ...{ name, createdAtMs, revision: revisionOf(annotations), status: text(at(json, 'status', 'phase')) },
    ...{ successful: sum('successful'), failed: sum('failed') },
    ...{ inconclusive: sum('inconclusive'), error: sum('error') },
    jobs: results.flatMap(({ measurements }) => list(measurements).flatMap(jobOf)),
  };
}

function jobOf(measurement: Readonly<Record<string, unknown>>): readonly JobView[] {
  const name = text(at(measurement, 'metadata', 'job-name'));
  if (name === '') return [];
  const startedAtMs = Date.parse(text(measurement['startedAt'])) || 0;
  return [{ name, status: text(measurement['phase']), startedAtMs }];
}

/** An experiment of a Rollout with its versions and analyses. */
export interface ExperimentView {
  readonly name: string;
  readonly createdAtMs: number;
  readonly revision: number;
  readonly status: string;
  readonly replicaSets: readonly ReplicaSetView[];
  readonly analyses: readonly AnalysisView[];
}

/** The experiments of an owner: of the newest revision first, then the oldest. */
export function viewExperiments(
  ownerUid: string,
  { experiments, replicaSets, pods, analysisRuns }: ExperimentObjects,
): readonly ExperimentView[] {
  return experiments
    .filter((each) => isOwned(each, ownerUid))
    .map((json) => {
      const { name, uid, createdAtMs, annotations } = readMeta(fields(json)['metadata']);
      return {
        ...{ name, createdAtMs, revision: revisionOf(annotations) },
        status: text(at(json, 'status', 'phase')),
        replicaSets: viewReplicaSets(uid, undefined, replicaSets, pods),
        analyses: viewAnalyses(uid, analysisRuns),
      };
    })
    .sort((one, other) => other.revision - one.revision || byCreation(one, other));
}

/** What {@link viewExperiments} looks among: the objects of a namespace as JSON. */
export interface ExperimentObjects {
  readonly experiments: readonly unknown[];
  readonly replicaSets: readonly unknown[];
  readonly pods: readonly unknown[];
  readonly analysisRuns: readonly unknown[];
}
