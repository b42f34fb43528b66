import { ServiceAwayError } from './away.js';
import type { ServiceClient } from './service-client.js';

/**
 * The service, asked for one run at a time while it takes what it is asked and answers nothing: each request lasts as long as it
 * is waited for, and runs that wait for a place meanwhile could not even say why nothing happens. The others fail at once, for
 * the same reason.
 */
export function askWhileSilent(service: ServiceClient): ServiceClient {
  let silence: ServiceAwayError | undefined;
  let isAsked = false;
  const ask = async <Answer>(request: () => Promise<Answer>): Promise<Answer> => {
    if (silence !== undefined && isAsked) throw silence;
    const asksAlone = silence !== undefined;
    if (asksAlone) isAsked = true;
    try {
      const answer = await request();
      silence = undefined;
      return answer;
    } catch (error) {
      silence = error instanceof ServiceAwayError && error.isSilent ? error : undefined;
      throw error;
    } finally {
      if (asksAlone) isAsked = false;
    }
  };
  return {
    handOver: (id, run) => ask(() => service.handOver(id, run)),
    terminate: (id, owner) => ask(() => service.terminate(id, owner)),
    forget: (id, owner) => ask(() => service.forget(id, owner)),
    running: (selection) => service.running(selection),
    async *follow(selection, signal) {
      for await (const followed of service.follow(selection, signal)) {
        // Whoever asks for all runs now is to have an answer.
        if (followed.kind === 'ready') silence = undefined;
        yield followed;
      }
    },
  };
}
