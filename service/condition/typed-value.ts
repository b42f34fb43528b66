/** The static Go types in which metric providers deliver results; conditions are type-checked against them. */
export type ResultType =
  | 'nil'
  | 'bool'
  | 'string'
  | 'float64'
  | 'int'
  | 'int64'
  | 'uint64'
  | 'uint8'
  | '*float64'
  | 'json'
  | 'float64[]'
  | 'int[]'
  | 'string[]'
  | 'any[]'
  | 'map[string]any'
  | 'nrdb.NRDBResult'
  | 'nrdb.NRDBResult[]'
  | 'types.MetricDataResult[]'
  | 'time'
  | 'duration'
  | 'bytes';

/**
 * A result as a provider delivers it. `value` is, by type: a number, a boolean, a string, an array of numbers or
 * strings, parsed JSON (`json`, `map[string]any`), a run-time value of `go/values.ts` for the Go types that
 * JavaScript lacks, and null for `nil`, a nil pointer or a nil slice. It is read, never changed.
 */
export interface TypedValue {
  readonly type: ResultType;
  readonly value: unknown;
}
