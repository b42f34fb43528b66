import { checkDirectory, type Config, type NameOf } from '../platform/index.js';
import { checkAccess } from './auth/index.js';

/** What is wrong with what settings want of the API, each under the name of its setting. */
export function checkApiSettings(config: Config, nameOf: NameOf): readonly string[] {
  return [...checkAccess(config, nameOf), ...checkDirectory(config, 'templatesDir', nameOf)];
}
