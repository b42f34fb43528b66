import { isDeepStrictEqual } from 'node:util';
import type { Difference } from './deviations.js';

/** A plugin's measurement that is over: ours says when, whatever the plugin said. All else is the same. */
export function hasEndOfItsOwn({ expected, actual }: Difference): boolean {
  return (
    'pluginSaw' in expected &&
    expected['finished'] === false &&
    expected['phase'] !== 'Running' &&
    isDeepStrictEqual({ ...expected, finished: true }, actual)
  );
}

/** The reference asks a plugin for metadata of the metric; ours takes that of its measurements only. */
export function hasNoMetadataOfTheMetric({ input, actual }: Difference): boolean {
  return input['op'] === 'getMetadata' && isDeepStrictEqual(actual, { metadata: {} });
}

/** The reference asks a plugin what it calls itself; ours goes by the name under which it is configured. */
export function isCalledAsConfigured({ input, expected, actual }: Difference): boolean {
  return input['op'] === 'type' && typeof expected['type'] === 'string' && typeof actual['type'] === 'string';
}

/** The condition's library crashes in the reference, and says so in a message; ours evaluates the condition. */
export function isCrashOfTheLibrary({ expected, actual }: Difference): boolean {
  const message = expected['message'];
  return (
    typeof message === 'string' &&
    message.endsWith('nil pointer dereference\n<stack trace>') &&
    expected['phase'] === 'Error' &&
    isDeepStrictEqual(
      { ...expected, phase: undefined, message: undefined },
      { ...actual, phase: undefined, message: undefined },
    )
  );
}
