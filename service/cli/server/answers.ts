import {
  ANALYSIS_PHASES,
  type AnalysisRun,
  type AnalysisRunList,
  isObject,
  type Problem,
} from '../../../schemas/index.js';

type Fields = Readonly<Record<string, unknown>>;

/*
 * What the commands read of an answer is checked, and no more: a newer server may add fields, which are passed on.
 */

/** Whether an answer is an error as in RFC 9457. */
export function isProblem(value: unknown): value is Problem {
  return (
    isObject(value) &&
    typeof value['title'] === 'string' &&
    typeof value['status'] === 'number' &&
    isOptional(value['detail'], isText) &&
    isOptional(value['errors'], (errors) =>
      isListOf(errors, (fault) => isText(fault['path']) && isText(fault['message'])),
    )
  );
}

/** Whether an answer is a run, with its id. */
export function isRun(value: unknown): value is AnalysisRun {
  return (
    isObject(value) &&
    isObject(value['metadata']) &&
    isText(value['metadata']['uid']) &&
    isObject(value['spec']) &&
    isListOf(value['spec']['metrics'], (metric) => isText(metric['name'])) &&
    isOptional(value['status'], isStatus)
  );
}

/** Whether an answer is a page of runs. */
export function isRunList(value: unknown): value is AnalysisRunList {
  return (
    isObject(value) &&
    isObject(value['metadata']) &&
    isOptional(value['metadata']['continue'], isText) &&
    Array.isArray(value['items']) &&
    value['items'].every(isRun)
  );
}

const isStatus = (status: unknown): boolean =>
  isObject(status) &&
  isPhase(status['phase']) &&
  isOptional(status['metricResults'], (results) => isListOf(results, isMetricResult));

const isMetricResult = (result: Fields): boolean =>
  isText(result['name']) &&
  isPhase(result['phase']) &&
  isOptional(result['measurements'], (measurements) => isListOf(measurements, ({ phase }) => isPhase(phase)));

const isText = (value: unknown): value is string => typeof value === 'string';
const isPhase = (value: unknown): boolean => ANALYSIS_PHASES.some((phase) => phase === value);
const isOptional = (value: unknown, is: (value: unknown) => boolean): boolean =>
  value === undefined || is(value);
const isListOf = (value: unknown, is: (item: Fields) => boolean): boolean =>
  Array.isArray(value) && value.every((item) => isObject(item) && is(item));
