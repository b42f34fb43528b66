import type { ControlPlane } from '../../cluster/control-plane/control-plane.js';

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE']);

/**
 * Writes of AnalysisRuns and of events that an API server was asked for so far, as it counts them itself, but for creations of
 * runs: those are the bench's.
 */
export async function writesTo(plane: Pick<ControlPlane, 'call'>): Promise<number> {
  const text = String(await plane.call('GET', '/metrics'));
  let writes = 0;
  for (const [, labels = '', count] of text.matchAll(/^apiserver_request_total\{([^}]*)\} (\S+)$/gm)) {
    const label = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
    const [verb, resource] = [label('verb'), label('resource')];
    const isOurs = verb === 'POST' && resource === 'analysisruns';
    if (WRITES.has(verb) && !isOurs && ['analysisruns', 'events'].includes(resource)) writes += Number(count);
  }
  return writes;
}
