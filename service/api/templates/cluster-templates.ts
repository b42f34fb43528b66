import {
  type AnalysisTemplate,
  API_VERSION,
  type ClusterAnalysisTemplate,
  type Fault,
  type TemplateFileFault,
  validateDocument,
} from '../../../schemas/index.js';
import { lintAmong, type TemplateSource } from '../../analysis/index.js';
import { type Log, pause, type Timers } from '../../platform/index.js';
import {
  fields,
  type KubernetesApi,
  type ObjectMeta,
  readMeta,
  WatchedList,
} from '../../providers/kubernetes/index.js';
import { type KnownTemplates, type TemplateListing, templatesFor } from './known-templates.js';

/** What the templates of a cluster need. */
export interface ClusterTemplatesDeps {
  readonly api: KubernetesApi;
  /** The only namespace that is looked at, without templates of the cluster; undefined: all, with them. */
  readonly namespace?: string;
  readonly timers: Timers;
  readonly log: Log;
  /** How long the start waits for the first list, ms. Default 10 s. */
  readonly withinMs?: number;
}

/** Templates that are watched until {@link close}. */
export interface ClusterTemplates extends KnownTemplates {
  close(): Promise<void>;
}

type Template = AnalysisTemplate | ClusterAnalysisTemplate;

/** An object of the cluster, and what is wrong with its shape. */
interface Stored {
  readonly metadata: ObjectMeta;
  /** `AnalysisTemplate shop/success-rate`. */
  readonly title: string;
  readonly value?: Template;
  readonly faults: TemplateListing['errors'];
}

const KINDS = [
  { kind: 'AnalysisTemplate', resource: 'analysistemplates' },
  { kind: 'ClusterAnalysisTemplate', resource: 'clusteranalysistemplates' },
] as const;
type Kind = (typeof KINDS)[number]['kind'];

const WITHIN_MS = 10_000;

/**
 * The AnalysisTemplates and ClusterAnalysisTemplates of a Kubernetes cluster, kept up to date by a watch. Never fails for
 * the cluster: what can not be watched is among the errors, and what was known last is used.
 */
export async function openClusterTemplates(deps: ClusterTemplatesDeps): Promise<ClusterTemplates> {
  const { api, namespace, timers, log, withinMs = WITHIN_MS } = deps;
  const over = new AbortController();
  const listed = new AbortController();
  const troubles = new Map<Kind, string>();
  const missing = new Set<Kind>();
  let listing: TemplateListing | undefined;
  const watched = KINDS.filter(({ kind }) => namespace === undefined || kind === 'AnalysisTemplate');
  const lists = watched.map(({ kind, resource }) => {
    missing.add(kind);
    const within = namespace === undefined ? '' : `namespaces/${encodeURIComponent(namespace)}/`;
    const list = new WatchedList<Stored>({
      ...{ api, path: `/apis/${API_VERSION}/${within}${resource}`, labelSelector: '' },
      read: (json) => readTemplate(kind, json),
      keyOf: ({ title }) => title,
      onChange() {
        listing = undefined;
      },
      onListed() {
        troubles.delete(kind);
        missing.delete(kind);
        listing = undefined;
        if (missing.size === 0) listed.abort();
      },
      onTrouble(error) {
        log.warn({ err: error, kind }, 'templates of the cluster can not be watched');
        troubles.set(kind, error instanceof Error ? error.message : String(error));
        listing = undefined;
      },
      isWanted: () => true,
    });
    list.start(over.signal);
    return list;
  });
  await pause(timers, withinMs, listed.signal);
  if (missing.size > 0)
    log.warn(
      { kinds: [...missing] },
      'templates of the cluster are not known yet, and runs can not name them',
    );
  return {
    list() {
      listing ??= listingOf(
        lists.flatMap((list) => list.values()),
        [...troubles].map(([kind, reason]) => ({
          ...{ file: '', path: '' },
          message: `${kind} objects of the cluster can not be watched, what was known last is used: ${reason}`,
        })),
      );
      return Promise.resolve(listing);
    },
    async close() {
      over.abort();
      await Promise.all(lists.map((list) => list.ended()));
    },
  };
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function readTemplate(kind: Kind, json: unknown): Stored {
  const object = fields(json);
  // Who wrote which field, and how it was applied, is large and nothing that runs are made of.
  const { managedFields: _managedFields, annotations, ...rest } = fields(object['metadata']);
  const { [LAST_APPLIED]: _lastApplied, ...kept } = fields(annotations);
  const metadata = { ...rest, ...(Object.keys(kept).length === 0 ? {} : { annotations: kept }) };
  const document = { ...object, apiVersion: API_VERSION, kind, metadata };
  const { value, errors } =
    kind === 'AnalysisTemplate' ? validateDocument(kind, document) : validateDocument(kind, document);
  const meta = readMeta(metadata);
  const title = `${kind} ${meta.namespace === '' ? '' : `${meta.namespace}/`}${meta.name}`;
  return {
    ...{ metadata: { ...meta, annotations: {} }, title },
    ...(value === undefined ? {} : { value }),
    faults: errors.map(({ path, message }) => ({ file: title, path, message })),
  };
}

/** What lint says of templates that refer to no others: it does not change. */
const ownFaults = new WeakMap<Template, readonly Fault[]>();

function listingOf(stored: readonly Stored[], troubles: readonly TemplateFileFault[]): TemplateListing {
  const values = stored.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const collection = {
    templates: values.filter((value): value is AnalysisTemplate => value.kind === 'AnalysisTemplate'),
    clusterTemplates: values.filter(
      (value): value is ClusterAnalysisTemplate => value.kind === 'ClusterAnalysisTemplate',
    ),
    errors: [],
  };
  const sources = new Map<string, TemplateSource>();
  const sourceFor = (namespace: string): TemplateSource => {
    const known = sources.get(namespace) ?? templatesFor(collection, namespace);
    sources.set(namespace, known);
    return known;
  };
  const faults = stored.flatMap(({ title, value, faults: shape, metadata }) => {
    const found = value === undefined ? [] : lintedFaults(value, () => sourceFor(metadata.namespace));
    return [...shape, ...found.map(({ path, message }) => ({ file: title, path, message }))];
  });
  return { ...collection, errors: [...troubles, ...faults] };
}

function lintedFaults(template: Template, sourceOf: () => TemplateSource): readonly Fault[] {
  const isAlone = (template.spec.templates ?? []).length === 0;
  const known = isAlone ? ownFaults.get(template) : undefined;
  if (known !== undefined) return known;
  // One that is not known here may be a file of the service.
  const { errors } = lintAmong(template, sourceOf(), { where: 'in the cluster' });
  if (isAlone) ownFaults.set(template, errors);
  return errors;
}
