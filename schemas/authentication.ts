import type { Static } from 'typebox';
import { type Immutable, list, optional, shape, text } from './shape.js';

/** AWS signature version 4, for Amazon Managed Service for Prometheus. */
export const Sigv4Schema = shape(
  'Sigv4',
  'AWS signature version 4, for Amazon Managed Service for Prometheus.',
  {
    region: optional(text('AWS region to sign for.')),
    profile: optional(text('Credential profile to sign with.')),
    roleArn: optional(text('IAM role to assume before signing.')),
  },
);
/** See {@link Sigv4Schema}. */
export type Sigv4 = Immutable<Static<typeof Sigv4Schema>>;

/** OAuth 2.0 client credentials. */
export const OAuth2Schema = shape('OAuth2', 'OAuth 2.0 client credentials.', {
  tokenUrl: optional(text('URL that gives tokens.')),
  clientId: optional(text('Client id.')),
  clientSecret: optional(text('Client secret. Fill it in from an argument with valueFrom.secretKeyRef.')),
  scopes: optional(list(text('A scope.'), 'Scopes to ask for.')),
});
/** See {@link OAuth2Schema}. */
export type OAuth2 = Immutable<Static<typeof OAuth2Schema>>;

/** HTTP basic authentication. */
export const BasicAuthSchema = shape('BasicAuth', 'HTTP basic authentication.', {
  username: optional(text('User name.')),
  password: optional(text('Password or token. Fill it in from an argument with valueFrom.secretKeyRef.')),
});
/** See {@link BasicAuthSchema}. */
export type BasicAuth = Immutable<Static<typeof BasicAuthSchema>>;

/** How the prometheus and web providers authenticate. */
export const AuthenticationSchema = shape('Authentication', 'How to authenticate with the metric store.', {
  sigv4: optional(Sigv4Schema),
  oauth2: optional(OAuth2Schema),
  basicAuth: optional(BasicAuthSchema),
});
/** See {@link AuthenticationSchema}. */
export type Authentication = Immutable<Static<typeof AuthenticationSchema>>;
