/** Redis answers and does not take what was to be stored; nothing of it was. The message is for operators. */
export class StoreRefusalError extends Error {
  override readonly name = 'StoreRefusalError';
  /** What is stored can be read all the same. */
  readonly readsGoOn: boolean;
  /** The user of Redis lacks a right: a fault of its setup, which does not go away by itself. */
  readonly isForbidden: boolean;

  constructor(
    message: string,
    {
      readsGoOn = true,
      isForbidden = false,
      ...options
    }: ErrorOptions & { readonly readsGoOn?: boolean; readonly isForbidden?: boolean } = {},
  ) {
    super(message, options);
    this.readsGoOn = readsGoOn;
    this.isForbidden = isForbidden;
  }
}

/** There is no connection to Redis, or it was lost before the answer: what was asked for may have been done. The message is for operators. */
export class StoreAwayError extends Error {
  override readonly name = 'StoreAwayError';
}
