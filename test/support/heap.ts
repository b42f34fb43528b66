import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of this process' heap, and of buffers beside it, that are in use after a full collection. */
export function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (!isAction(collect)) throw new Error('this Node can not collect its garbage on demand');
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const isAction = (value: unknown): value is () => void => typeof value === 'function';
