import type { AnalysisRunSpec } from '../../../schemas/index.js';
import { isRecord, type VectorCase } from '../judge.js';

/** What the scripted provider answers once. Times are milliseconds from now. */
export interface Outcome {
  readonly phase?: string;
  readonly value?: string;
  readonly message?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly resumeInMs?: number;
  readonly finishedInMs?: number;
  readonly takesMs?: number;
  /** The provider can not be built, and why. */
  readonly providerError?: string;
}

/** What the scripted provider of one metric does. */
export interface Script {
  readonly outcomes?: readonly Outcome[];
  readonly onTerminate?: Outcome;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly gcError?: string;
  readonly gcProviderError?: string;
}

/** When a recorded run is looked at. */
export interface Driver {
  readonly mode: 'memory' | 'explicit' | 'persisted';
  readonly startAtMs?: number;
  readonly pastMs: number;
  readonly maxSteps: number;
  readonly terminateAtMs?: number;
  readonly reconcileAtMs?: readonly number[];
  readonly watchLatencyMs?: number;
  readonly ttlCheckAfterCompletionMs?: readonly number[];
}

/** A recorded run. */
export interface Scenario extends VectorCase {
  readonly spec: AnalysisRunSpec;
  readonly initialStatus?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly script?: Readonly<Record<string, Script>>;
  readonly driver: Driver;
}

/** The scenarios of runs.json. Throws when the file is of another format. */
export function scenariosOf(json: unknown): readonly Scenario[] {
  if (
    !isRecord(json) ||
    json['format'] !== 'argo-rollouts-analysis-runs/1' ||
    !Array.isArray(json['scenarios'])
  ) {
    throw new TypeError('not a file of recorded runs');
  }
  return json['scenarios'].map((item: unknown) => {
    if (!isScenario(item))
      throw new TypeError('a recorded run must have an id, a group, a spec and a driver');
    return item;
  });
}

function isScenario(item: unknown): item is Scenario {
  return (
    isRecord(item) &&
    typeof item['id'] === 'string' &&
    typeof item['group'] === 'string' &&
    isRecord(item['spec']) &&
    isRecord(item['driver'])
  );
}
