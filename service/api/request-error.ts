import type { Fault } from '../../schemas/index.js';

/** Why a request can not be answered as asked. The client is shown all of it. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  /** HTTP status, 4xx. */
  readonly status: number;
  /** Everything that is wrong with the request, where there is more to say than `message`. */
  readonly faults: readonly Fault[];

  /** Seconds after which the same request may be answered; undefined: never as it is. */
  readonly retryAfterS: number | undefined;

  constructor(
    status: number,
    message: string,
    { faults = [], retryAfterS }: { readonly faults?: readonly Fault[]; readonly retryAfterS?: number } = {},
  ) {
    super(message);
    this.status = status;
    this.faults = faults;
    this.retryAfterS = retryAfterS;
  }
}

/** Faults of a document that are listed. */
const MAX_FAULTS = 100;

/** 422: the document was understood and can not be used; lists the first faults and says how many more there are. */
export const invalidSpec = (faults: readonly Fault[]): RequestError =>
  new RequestError(422, `${faults.length} ${faults.length === 1 ? 'fault' : 'faults'} in the spec`, {
    faults:
      faults.length <= MAX_FAULTS
        ? faults
        : [
            ...faults.slice(0, MAX_FAULTS),
            { path: '', message: `and ${faults.length - MAX_FAULTS} more faults` },
          ],
  });

/** 404 for a run. */
export const noSuchRun = (id: string): RequestError =>
  new RequestError(404, `there is no run with the id ${JSON.stringify(id)}`);
