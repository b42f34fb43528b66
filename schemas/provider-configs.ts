import { type Static, Type } from 'typebox';
import { SecretKeyRefSchema } from './argument.js';
import { duration, flag, type Immutable, list, optional, shape, text } from './shape.js';

/** A text of a provider configuration: written down, or read when it is needed. Exactly one must be set. */
const SOURCES = {
  value: optional(text('The text itself. Not for secrets.')),
  file: optional(text('A file that holds it, read for each request; one newline at its end is cut.')),
  secretKeyRef: optional(SecretKeyRefSchema),
  namespace: optional(text('Namespace of the secret.', { default: 'default' })),
};

/** See the fields: exactly one of `value`, `file` and `secretKeyRef`. */
export const SourcedTextSchema = shape(
  'SourcedText',
  'A text, and where it comes from: exactly one of value, file and secretKeyRef.',
  SOURCES,
);
/** See {@link SourcedTextSchema}. */
export type SourcedText = Immutable<Static<typeof SourcedTextSchema>>;

const ConfiguredAuthenticationSchema = shape(
  'ConfiguredAuthentication',
  'How to authenticate: one of these.',
  {
    basicAuth: optional(
      shape('ConfiguredBasicAuth', 'HTTP basic authentication.', {
        username: text('User name.'),
        password: SourcedTextSchema,
      }),
    ),
    bearer: optional(SourcedTextSchema),
    oauth2: optional(
      shape('ConfiguredOAuth2', 'OAuth 2.0 client credentials.', {
        tokenUrl: text('URL that gives tokens.', { pattern: '^https?://[^\\s/]+' }),
        clientId: text('Client id.'),
        clientSecret: SourcedTextSchema,
        scopes: optional(list(text('A scope.'), 'Scopes to ask for.')),
      }),
    ),
  },
);

/** Namespaces of runs: names, beginnings of names with a `*` behind, or `*` for all. */
const namespaces = (description: string) =>
  list(
    text('Name of a namespace; a * at its end stands for any rest.', {
      pattern: '^(?:\\*|[A-Za-z0-9][A-Za-z0-9._-]*\\*?)$',
    }),
    description,
  );

/** A server that metrics refer to as `provider://NAME`. */
export const ProviderConfigSchema = shape(
  'ProviderConfig',
  'A server that metrics refer to as provider://NAME.',
  {
    name: text('Name, as in provider://NAME.', {
      pattern: '^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$',
    }),
    address: text('URL of the server; what a metric adds to it stays below its path.', {
      pattern: '^https?://[^\\s/?#@]+[^\\s?#]*$',
    }),
    namespaces: optional(namespaces('Namespaces whose runs may use the server. Absent: all.')),
    headers: optional(
      list(
        shape('ConfiguredHeader', 'A header of every request.', {
          key: text('Name of the header.'),
          ...SOURCES,
        }),
        'Headers of every request; those of a metric with the same names are left out.',
      ),
    ),
    authentication: optional(ConfiguredAuthenticationSchema),
    caFile: optional(text('File of certificate authorities (PEM) to trust beside the well-known ones.')),
    certFile: optional(text('File of the client certificate (PEM), with keyFile.')),
    keyFile: optional(text('File of the key of the client certificate (PEM).')),
    insecure: optional(flag('Accept any TLS certificate.')),
    timeout: optional(duration('No request takes longer, whatever its metric says.')),
    concurrency: optional(Type.Integer({ minimum: 1, description: 'Requests at once.' })),
    requestsPerSecond: optional(
      Type.Number({ exclusiveMinimum: 0, description: 'Requests a second, with a burst of one second.' }),
    ),
    loopback: optional(
      flag(
        'The server is on this machine: loopback may be reached for it where the egress settings deny it to metrics, and nothing else.',
      ),
    ),
  },
);
/** See {@link ProviderConfigSchema}. */
export type ProviderConfig = Immutable<Static<typeof ProviderConfigSchema>>;

/** A plugin that metrics refer to as `provider.plugin.<name>`. */
export const PluginConfigSchema = shape(
  'PluginConfig',
  'A plugin that metrics refer to as provider.plugin.NAME: exactly one of module and url.',
  {
    name: text('Name, as in provider.plugin.NAME.', { minLength: 1 }),
    module: optional(
      text(
        'An ES module: a path (./, ../ or /; relative to this file), or a package that is installed beside Assay.',
        { minLength: 1 },
      ),
    ),
    url: optional(
      text('Base URL of an HTTP plugin, http(s)://… or provider://NAME/….', {
        pattern: '^(?:https?|provider)://[^\\s/?#@]+[^\\s?#]*$',
      }),
    ),
    timeout: optional(duration('Time for one call. Default: 30s.')),
    namespaces: optional(namespaces('Namespaces whose runs may use the plugin. Absent: all.')),
  },
);
/** See {@link PluginConfigSchema}. */
export type PluginConfig = Immutable<Static<typeof PluginConfigSchema>>;

/** What the egress rules of some namespaces add to those of the settings. */
export const NamespaceEgressSchema = shape(
  'NamespaceEgress',
  'Where specs of some namespaces may not go, beside where none may go.',
  {
    namespaces: namespaces('Namespaces that the rules are for.'),
    deny: optional(list(text('A CIDR, e.g. 10.0.0.0/8.'), 'Addresses that may not be reached.')),
    allow: optional(
      list(
        text('A CIDR, or public.'),
        'The only addresses that may be reached, of those that the settings allow; public stands for all public ones.',
      ),
    ),
  },
);
/** See {@link NamespaceEgressSchema}. */
export type NamespaceEgress = Immutable<Static<typeof NamespaceEgressSchema>>;

/** The file that `ASSAY_PROVIDERS_FILE` names. */
export const ProviderConfigsSchema = shape(
  'ProviderConfigs',
  'Servers and plugins that metrics refer to by name.',
  {
    providers: optional(list(ProviderConfigSchema, 'The servers.')),
    plugins: optional(list(PluginConfigSchema, 'The plugins.')),
    egress: optional(
      list(
        NamespaceEgressSchema,
        'Narrows where metrics and webhooks of namespaces may go. What several entries say of one holds together.',
      ),
    ),
    namedServersOnly: optional(
      namespaces(
        'Namespaces whose metrics may name no address of their own: only the servers and plugins of this file.',
      ),
    ),
  },
);
/** See {@link ProviderConfigsSchema}. */
export type ProviderConfigs = Immutable<Static<typeof ProviderConfigsSchema>>;
