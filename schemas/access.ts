import { type Static, Type } from 'typebox';
import { choice, duration, type Immutable, list, optional, shape, text } from './shape.js';

/** What a caller may do. Each includes those before it. */
export const SCOPES = ['read', 'run', 'admin'] as const;
/** See {@link SCOPES}. */
export type Scope = (typeof SCOPES)[number];

/** Stands for every namespace. */
export const ALL_NAMESPACES = '*';

const scopes = Type.Array(choice(SCOPES, 'A scope.'), {
  minItems: 1,
  description:
    'read: read runs, their events and webhooks, templates. run: start and end runs, measure; includes read. admin: forget runs, send webhooks again; includes run.',
});
const namespaceNames = Type.Array(
  text('A namespace, or * for all of them.', { pattern: '^(?:\\*|[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)$' }),
  { minItems: 1, description: 'Namespaces in which the scopes hold; * is every one.' },
);

/** A token that is known by its hash. */
export const AccessTokenSchema = shape('AccessToken', 'A token, known by its hash.', {
  name: text('Who has it, as the audit log names them. Two tokens with one name are the same caller.', {
    pattern: '^[\\x21-\\x7e]{1,128}$',
  }),
  sha256: text('SHA-256 of the token, in hexadecimal.', { pattern: '^[0-9a-fA-F]{64}$' }),
  scopes,
  namespaces: namespaceNames,
  expires: optional(text('When it ends to be valid, RFC 3339, e.g. 2027-06-30T00:00:00Z. Absent: never.')),
});

/** Who of an issuer may do what. */
export const AccessRuleSchema = shape('AccessRule', 'Grants scopes to callers with certain claims.', {
  match: Type.Array(
    shape('ClaimMatch', 'What a claim must be.', {
      claim: text('Name of the claim; dots lead into objects (realm_access.roles).', { minLength: 1 }),
      values: Type.Array(text('A value, compared as a whole.'), {
        minItems: 1,
        description: 'The claim is one of these, or a list that has one of them.',
      }),
    }),
    { minItems: 1, description: 'Claims that a caller must have, all of them.' },
  ),
  scopes,
  namespaces: optional(namespaceNames),
  namespacesFrom: optional(
    text(
      'Claim that names a namespace, or a list of them, in which the scopes hold. Never means all of them.',
      {
        minLength: 1,
      },
    ),
  ),
});
/** See {@link AccessRuleSchema}. */
export type AccessRule = Immutable<Static<typeof AccessRuleSchema>>;

/** Signatures that are accepted. Those made with a shared key, and none at all, can not be chosen. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;

/** An issuer whose tokens (JWT) are trusted. */
export const TokenIssuerSchema = shape('TokenIssuer', 'An OpenID Connect issuer whose tokens are trusted.', {
  name: text('Name of the issuer, for the audit log, e.g. github.', {
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
  }),
  issuer: text('The claim iss of its tokens, e.g. https://token.actions.githubusercontent.com.', {
    minLength: 1,
  }),
  jwksUrl: text('URL of its keys (JWKS); https, or http on this machine.', {
    pattern: '^https?://[^\\s/?#@]+[^\\s#]*$',
  }),
  audiences: Type.Array(text('An audience.', { minLength: 1 }), {
    minItems: 1,
    description: 'The claim aud must have one of these: a token for another service is none for this one.',
  }),
  algorithms: optional(
    Type.Array(choice(ALGORITHMS, 'An algorithm.'), {
      minItems: 1,
      description: 'Signatures that are accepted. Default: RS256 and ES256.',
    }),
  ),
  clockTolerance: optional(duration('How far clocks may differ. Default: 30s.')),
  subjectClaim: optional(
    text('Claim that names the caller in the audit log. Default: sub.', { minLength: 1 }),
  ),
  rules: list(AccessRuleSchema, 'Who may do what; the grants of all rules that match are added up.'),
});
/** See {@link TokenIssuerSchema}. */
export type TokenIssuer = Immutable<Static<typeof TokenIssuerSchema>>;

/** How tokens of Kubernetes are accepted. */
export const KubernetesAccessSchema = shape(
  'KubernetesAccess',
  'Tokens of Kubernetes, which its API server is asked about (TokenReview).',
  {
    audiences: Type.Array(text('An audience.', { minLength: 1 }), {
      minItems: 1,
      description: 'The token must be for one of these, e.g. assay: not for the API server itself.',
    }),
    rules: list(
      AccessRuleSchema,
      'Who may do what. Claims: user (system:serviceaccount:NAMESPACE:NAME), groups, namespace and serviceAccount.',
    ),
  },
);
/** See {@link KubernetesAccessSchema}. */
export type KubernetesAccess = Immutable<Static<typeof KubernetesAccessSchema>>;

/** The file that `ASSAY_TOKENS_FILE` names. */
export const AccessFileSchema = shape('AccessFile', 'Who may ask the service for what.', {
  tokens: optional(list(AccessTokenSchema, 'Tokens by their hashes.')),
  oidc: optional(list(TokenIssuerSchema, 'Issuers whose tokens are trusted.')),
  kubernetes: optional(KubernetesAccessSchema),
});
/** See {@link AccessFileSchema}. */
export type AccessFile = Immutable<Static<typeof AccessFileSchema>>;
