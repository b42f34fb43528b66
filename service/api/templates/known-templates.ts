import type { AnalysisTemplate, ClusterAnalysisTemplate, TemplateFileFault } from '../../../schemas/index.js';
import { type Collection, type TemplateSource, templateSourceOf } from '../../analysis/index.js';

/** The templates at a moment, and what is wrong with them. */
export interface TemplateListing extends Collection {
  readonly errors: readonly TemplateFileFault[];
}

/** The templates that runs may name. */
export interface KnownTemplates {
  /** As they are now. Never rejects: what can not be read is among the errors. */
  list(): Promise<TemplateListing>;
}

/** A service that knows no templates. */
export const noTemplates: KnownTemplates = {
  list: () => Promise.resolve({ templates: [], clusterTemplates: [], errors: [] }),
};

/** The templates of several places. Of two with one name that of the first place is used. */
export const templatesTogether = (places: readonly KnownTemplates[]): KnownTemplates => ({
  async list() {
    const listings = await Promise.all(places.map((place) => place.list()));
    return {
      templates: listings.flatMap(({ templates }) => templates),
      clusterTemplates: listings.flatMap(({ clusterTemplates }) => clusterTemplates),
      errors: listings.flatMap(({ errors }) => errors),
    };
  },
});

/** The namespace of an object that names none. */
const DEFAULT_NAMESPACE = 'default';

/**
 * What a run in a namespace may name: its templates, those that have no namespace, and every ClusterAnalysisTemplate.
 * Of two with one name that of the namespace goes first.
 */
export function usableFrom(listing: TemplateListing, namespace: string | undefined): Collection {
  const here = namespace === undefined || namespace === '' ? DEFAULT_NAMESPACE : namespace;
  return {
    templates: [
      ...listing.templates.filter((template) => namespaceOf(template) === here),
      ...listing.templates.filter((template) => namespaceOf(template) === undefined),
    ],
    clusterTemplates: listing.clusterTemplates,
  };
}

/** {@link usableFrom}, by name. */
export const templatesFor = (listing: TemplateListing, namespace: string | undefined): TemplateSource =>
  templateSourceOf(usableFrom(listing, namespace));

const namespaceOf = ({ metadata }: AnalysisTemplate | ClusterAnalysisTemplate): string | undefined =>
  metadata?.namespace === '' ? undefined : metadata?.namespace;
