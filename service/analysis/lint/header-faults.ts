import type { Fault, Metric } from '../../../schemas/index.js';
import { isOfConnection } from '../connection-headers.js';
import { memberPath } from './field-path.js';

/** Headers of a metric that are written and not sent. */
export function headerWarnings({ provider: { web, prometheus } }: Metric, path: string): readonly Fault[] {
  return Object.entries({ web, prometheus }).flatMap(([kind, spec]) => {
    const at = memberPath(memberPath(memberPath(path, 'provider'), kind), 'headers');
    return (spec?.headers ?? []).flatMap(({ key }, index) =>
      isOfConnection(key)
        ? [
            {
              path: `${at}[${index}].key`,
              message: `${key} is set by the client, and not sent as it is here`,
            },
          ]
        : [],
    );
  });
}
