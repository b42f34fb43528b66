import type { Services, Subject } from './subject.js';

/** What stands between the names of the Rollout and of the template: hash, revision, step, and a number after a retry. */
const EXPERIMENT = /^-[a-z0-9]+-\d+-\d+(-\d+)?-$/;

/**
 * Tells the Services that experiments of a Rollout have, or had: backends of others are left alone. By what was recorded, and
 * by their names, as a share of the traffic may have been given that was never recorded.
 */
export function isOfExperiment(
  { name, canary, experimentServices }: Subject,
  { stable, canary: canaryService }: Services,
): (service: string) => boolean {
  const templates = (canary.steps ?? []).flatMap(({ experiment }) => experiment?.templates ?? []);
  const named = new Set([...experimentServices, ...templates.map(({ service }) => service?.name ?? '')]);
  return (service) => {
    if (service === '' || service === stable || service === canaryService) return false;
    if (named.has(service)) return true;
    const rest = service.startsWith(name) ? service.slice(name.length) : '';
    return templates.some(
      (template) =>
        rest.endsWith(template.name) && EXPERIMENT.test(rest.slice(0, rest.length - template.name.length)),
    );
  };
}
