import { checkDirectory, type Config, type NameOf } from '../platform/index.js';
import { checkAccess } from './auth/index.js';

/**
 * What is wrong with what settings want of the API, each under the name of its setting. What is asked for and not there
 * must not be taken for granted: above all that requests are authenticated.
 */
export function checkApiSettings(config: Config, nameOf: NameOf): readonly string[] {
  const { maxRunsPerNamespace } = config;
  return [
    ...checkAccess(config, nameOf),
    ...(maxRunsPerNamespace === undefined
      ? []
      : [`${nameOf('maxRunsPerNamespace')}: this version has no quotas`]),
    ...checkDirectory(config, 'templatesDir', nameOf),
  ];
}
