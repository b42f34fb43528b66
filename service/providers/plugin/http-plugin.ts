import { PLUGIN_INTERFACE_VERSION, type PluginRequest } from '../../../schemas/index.js';
import { isJsonArray, parseGoJson } from '../go-json.js';
import { codeOfStatus } from '../http/status.js';
import type { MeasureContext } from '../provider.js';
import { ProviderError } from '../provider-error.js';
import { faultText, MAX_ANSWER_BYTES, type Plugin, type PluginCall } from './plugin.js';

/** Where an HTTP plugin is. */
export interface HttpPluginOptions {
  readonly name: string;
  /** What operations stand below; may be `provider://NAME/…`. */
  readonly url: string;
  readonly timeoutMs: number;
}

/**
 * A plugin that is a server: `POST <url>/<operation>` with a JSON body. Asked through the shared client, so that egress
 * rules, limits, credentials of named servers and redaction are those of every provider.
 */
export function createHttpPlugin({ name, url, timeoutMs }: HttpPluginOptions): Plugin {
  const base = url.replace(/\/+$/, '');
  return {
    name,
    // A server that is not there yet is no fault of the configuration.
    start: () => Promise.resolve(),
    async call(call, context) {
      const response = await context.http.request({
        method: 'POST',
        url: `${base}/${call.operation}`,
        headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
        body: JSON.stringify(requestOf(name, call, context, timeoutMs)),
        timeoutMs,
        signal: context.signal,
        ownAddress: true,
        maxBytes: MAX_ANSWER_BYTES,
      });
      const { status, statusText } = response;
      if (status >= 200 && status <= 299) return response.text();
      throw new ProviderError(
        codeOfStatus(status),
        messageOf(response.text()) ?? `the plugin answered ${`${status} ${statusText}`.trimEnd()}`,
      );
    },
    close: () => Promise.resolve(),
  };
}

function requestOf(
  plugin: string,
  { config, measurement, limit }: PluginCall,
  { metricName, run, measurementNumber = 1 }: MeasureContext,
  timeoutMs: number,
): PluginRequest {
  const { id, name, namespace, startedAtMs } = run;
  return {
    interfaceVersion: PLUGIN_INTERFACE_VERSION,
    plugin,
    metric: metricName,
    config,
    run: { id, name, namespace, ...(startedAtMs === undefined ? {} : { startedAtMs }) },
    measurementNumber,
    timeoutMs,
    ...(measurement === undefined ? {} : { measurement }),
    ...(limit === undefined ? {} : { limit }),
  };
}

/** What the plugin says itself: the `message` of its answer. */
function messageOf(body: string): string | undefined {
  const parsed = parseGoJson(body);
  if (parsed.kind !== 'json' || parsed.value === null || typeof parsed.value !== 'object') return undefined;
  if (isJsonArray(parsed.value)) return undefined;
  const { message } = parsed.value;
  return typeof message === 'string' && message !== '' ? faultText(message) : undefined;
}
