import type { Clock } from '../../platform/index.js';
import { type PluginReading, validateDocument } from '../../../schemas/index.js';
import { encodeGoJson, isJsonArray, type JsonValue, parseGoJson } from '../go-json.js';
import type { Metadata, Reading } from '../provider.js';
import { ProviderError } from '../provider-error.js';

/**
 * What the answer of a plugin says. Its shape is checked: what is not understood is an error, never a value.
 * @param answer text of a JSON document (see schemas/json/plugin-reading.json).
 * @throws ProviderError (`badResponse`)
 */
export function readPluginAnswer(answer: string, clock: Clock): Reading {
  const parsed = parseGoJson(answer);
  if (parsed.kind !== 'json') {
    throw refuse(parsed.kind === 'tooDeep' ? 'it is nested too deeply' : 'it is not JSON');
  }
  const { value: document } = parsed;
  if (document === null || typeof document !== 'object' || isJsonArray(document)) {
    throw refuse('it must be an object');
  }
  // The value is the plugin's own: its nulls and names are not looked at.
  const { value, ...rest } = document;
  const { errors, value: reading } = validateDocument('PluginReading', rest);
  if (reading === undefined) {
    throw refuse(
      errors.map(({ path, message }) => (path === '' ? message : `${path} ${message}`)).join('; '),
    );
  }
  return readingOf(reading, value, clock);
}

function readingOf(
  { kind, phase, resumeAtMs, ...rest }: PluginReading,
  value: JsonValue | undefined,
  clock: Clock,
): Reading {
  const { text, message, metadata, metricMetadata } = rest;
  const described = metricMetadata === undefined ? {} : { metricMetadata: toldOf(metricMetadata) };
  const told = {
    ...described,
    ...(text === undefined ? {} : { text }),
    ...(message === undefined ? {} : { message }),
    ...(metadata === undefined ? {} : { metadata }),
  };
  switch (kind) {
    case 'value': {
      if (value === undefined) throw refuse('value is required');
      return {
        kind,
        value: { type: 'json', value },
        text: text ?? encodeGoJson(value),
        isNothing: value === null || (isJsonArray(value) && value.length === 0),
        ...described,
        ...(metadata === undefined ? {} : { metadata }),
      };
    }
    case 'judged': {
      if (phase === undefined) throw refuse('phase is required');
      return { kind, phase, ...told };
    }
    case 'running': {
      if (resumeAtMs !== undefined && resumeAtMs > MAX_TIME_MS) throw refuse('resumeAtMs is no time');
      return { kind, resumeAtMs: resumeAtMs ?? clock.nowMs() + RESUME_AFTER_MS, ...told };
    }
  }
}

/** As in the reference, the text under `error` says why there is no more to tell of the metric. */
function toldOf(metadata: Metadata): Metadata {
  const { error = '' } = metadata;
  return error === '' ? metadata : { ...metadata, error: `failed to get metadata via plugin: ${error}` };
}

/** When a plugin that is not done does not say when to look again, in ms. */
const RESUME_AFTER_MS = 10_000;
/** The last time that a date can be. */
const MAX_TIME_MS = 8.64e15;

const refuse = (what: string): ProviderError =>
  new ProviderError('badResponse', `the plugin's answer can not be used: ${what}`);
