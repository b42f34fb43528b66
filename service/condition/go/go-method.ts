/** An exported method of a Go type. Of two results (`ISOWeek`, `Zone`) a condition sees the first. */
export interface GoMethod {
  /** Go types of the parameters. */
  readonly params: readonly string[];
  /** Go type of the (first) result. */
  readonly result: string;
  /** Go types of all results, where there are several. */
  readonly results?: readonly string[];
  /** Called with a receiver of the type and with arguments of the parameters' types, already checked. */
  readonly call: (receiver: unknown, args: readonly unknown[]) => unknown;
}
