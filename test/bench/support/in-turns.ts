/** Connections that objects are created over. */
const CONNECTIONS = 50;

/** Does it for all of the names, as many at once as there are connections. */
export async function inTurns<Result>(
  names: readonly string[],
  each: (name: string) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const left = names[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (const name of left) results.push(await each(name));
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return results;
}
