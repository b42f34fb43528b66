import {
  type AnalysisRun,
  type Callback,
  callbackHeaders,
  type Fault,
  validateDocument,
} from '../../schemas/index.js';
import { hasBadUserinfo, parseRequestUrl, ProviderError } from '../providers/index.js';

/** The annotation of an AnalysisRun that names callbacks: a JSON array. */
const ANNOTATION = 'assay.dev/callbacks';
/** `kubectl apply` repeats the whole object here, the callbacks of a former version too. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const ANNOTATION_PATH = `metadata.annotations['${ANNOTATION}']`;
const MAX_CALLBACKS = 10;

/** Names that a header may have (RFC 9110), and those that are ours or the connection's to set. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const RESERVED_HEADER =
  /^(?:webhook-.*|content-type|content-length|content-encoding|host|connection|transfer-encoding|upgrade|te|trailer|keep-alive|proxy-.*|expect)$/i;
const CONTROL_CHARACTER = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/** A run apart from its callbacks. With faults, both are not to be used. */
export interface RunAndCallbacks {
  /** Without the annotation, and its copy by kubectl: what stands in it, such as headers, is not for those who may read the run. */
  readonly run: AnalysisRun;
  readonly callbacks: readonly Callback[];
  /** Everything that is wrong with the callbacks, each with its path. */
  readonly faults: readonly Fault[];
}

/**
 * Separates a run from its callbacks: those of the request that it was made of (`callbacks`), whose shape was checked,
 * and those of its annotation `assay.dev/callbacks`.
 */
export function separateCallbacks(run: AnalysisRun, requested: readonly Callback[] = []): RunAndCallbacks {
  const annotated = run.metadata?.annotations?.[ANNOTATION];
  const given = annotated === undefined ? { callbacks: [], faults: [] } : readAnnotation(annotated);
  const callbacks = [...requested, ...given.callbacks];
  const place = requested.length === 0 ? ANNOTATION_PATH : 'callbacks';
  return {
    run: holdsCallbacks(run) ? withoutCallbacks(run) : run,
    callbacks,
    faults: [
      ...given.faults,
      ...(callbacks.length > MAX_CALLBACKS
        ? [{ path: place, message: `${callbacks.length} callbacks: at most ${MAX_CALLBACKS} are possible` }]
        : []),
      ...requested.flatMap((callback, index) => callbackFaults(callback, `callbacks[${index}]`)),
      ...given.callbacks.flatMap((callback, index) =>
        callbackFaults(callback, `${ANNOTATION_PATH}[${index}]`),
      ),
    ],
  };
}

/** The run with the callbacks of the request that it was made of in its annotation, as a server takes them. */
export function annotateCallbacks(run: AnalysisRun, requested: readonly Callback[]): AnalysisRun {
  if (requested.length === 0) return run;
  const { run: plain, callbacks } = separateCallbacks(run, requested);
  const annotations = { ...plain.metadata?.annotations, [ANNOTATION]: JSON.stringify(callbacks) };
  return { ...plain, metadata: { ...plain.metadata, annotations } };
}

function readAnnotation(text: string): Pick<RunAndCallbacks, 'callbacks' | 'faults'> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message would show part of the text, which may hold credentials.
    return {
      callbacks: [],
      faults: [{ path: ANNOTATION_PATH, message: 'must be a JSON array of callbacks' }],
    };
  }
  const { value: callbacks = [], errors } = validateDocument('Callbacks', value);
  const separator = (path: string): string => (path === '' || path.startsWith('[') ? '' : '.');
  return {
    callbacks,
    faults: errors.map(({ path, message }) => ({
      path: `${ANNOTATION_PATH}${separator(path)}${path}`,
      message,
    })),
  };
}

const holdsCallbacks = ({ metadata }: AnalysisRun): boolean =>
  [ANNOTATION, LAST_APPLIED].some((name) => metadata?.annotations?.[name] !== undefined);

function withoutCallbacks({ metadata, ...run }: AnalysisRun): AnalysisRun {
  const { annotations, ...rest } = metadata ?? {};
  const { [ANNOTATION]: _callbacks, [LAST_APPLIED]: _applied, ...others } = annotations ?? {};
  const kept = Object.keys(others).length === 0 ? {} : { annotations: others };
  return { ...run, metadata: { ...rest, ...kept } };
}

/** What the shape of a callback can not say. No value is shown: each may hold a credential. */
function callbackFaults(callback: Callback, path: string): readonly Fault[] {
  const { url, events, secretRef } = callback;
  const urlMessage = urlFault(url);
  return [
    ...(urlMessage === undefined ? [] : [{ path: `${path}.url`, message: urlMessage }]),
    ...(events?.length === 0
      ? [{ path: `${path}.events`, message: 'names no event: leave it out for the verdict' }]
      : []),
    ...(secretRef?.name === '' ? [{ path: `${path}.secretRef.name`, message: 'must not be empty' }] : []),
    ...headerFaults(callback, path),
  ];
}

/** What a request to the URL would fail with each time, in words without the URL. */
function urlFault(text: string): string | undefined {
  if (hasBadUserinfo(text))
    return 'has a user or password with a % that is no percent-encoding: write %25 for it';
  try {
    parseRequestUrl('POST', text);
    return undefined;
  } catch (error) {
    if (error instanceof ProviderError) return 'must be an absolute http or https URL';
    throw error;
  }
}

function headerFaults(callback: Callback, path: string): readonly Fault[] {
  const isList = Array.isArray(callback.headers);
  const seen = new Set<string>();
  return callbackHeaders(callback).flatMap(({ key, value }, index) => {
    const place = isList ? `${path}.headers[${index}]` : `${path}.headers['${key}']`;
    const faults: Fault[] = [];
    if (!HEADER_NAME.test(key)) faults.push({ path: place, message: 'is no name of a header' });
    if (RESERVED_HEADER.test(key)) faults.push({ path: place, message: `${key} is set by Assay` });
    if (CONTROL_CHARACTER.test(value))
      faults.push({ path: place, message: 'the value has a control character' });
    if (seen.has(key.toLowerCase())) faults.push({ path: place, message: `${key} is given twice` });
    seen.add(key.toLowerCase());
    return faults;
  });
}
