export interface GoMethod {
  readonly params: readonly string[];
  readonly result: string;
  readonly call: (receiver: unknown, args: readonly unknown[]) => unknown;
}
export function timeMethod(_n: string): GoMethod | undefined {
  return undefined;
}
export function durationMethod(_n: string): GoMethod | undefined {
  return undefined;
}
export function locationMethod(_n: string): GoMethod | undefined {
  return undefined;
}
export function integerMethod(_n: string): GoMethod | undefined {
  return undefined;
}
