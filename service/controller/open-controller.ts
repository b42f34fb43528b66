import { type ControllerFlags, createLog } from '../platform/index.js';
import { type RunningController, startController } from './controller.js';
import { readSettings, withOwnNamespace } from './settings.js';

/**
 * A controller from the environment and flags. Logs to standard output.
 * @throws ConfigError when a setting can not be used.
 */
export async function openController(
  env: Readonly<Record<string, string | undefined>>,
  flags: ControllerFlags,
): Promise<RunningController> {
  const settings = await withOwnNamespace(readSettings(env, flags));
  return startController(settings, createLog({ level: settings.logLevel }));
}
