/** Times that one and the same call meets a torn connection before it is given up. */
const ATTEMPTS = 5;

/**
 * Texts of the client for a command of which it is not known what became of it, and which it does not send again as it does
 * with others: the connection ended amid the answers to those that were sent together; or the slots of a cluster were
 * given out anew while they waited. They have no code.
 */
const TORN =
  /^(?:Command aborted due to connection close|All keys in the pipeline should belong to the same slots allocation group)/;

const isTorn = (error: unknown): boolean => error instanceof Error && TORN.test(error.message);

/**
 * The answer, asked for again when the connection ended amid the answers: the client has begun to connect anew by then, and
 * the next attempt waits for it. For what changes nothing when it is done twice.
 */
export async function untorn<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (!isTorn(error)) throw error;
    }
  }
  return ask();
}
