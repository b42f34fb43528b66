import { usageError } from '../exit-code.js';
import type { CliIo } from '../io.js';

/** Where commands that read runs ask, unless they are told. */
export const DEFAULT_SERVER = 'http://127.0.0.1:8080';

/** A server of Assay and who asks it. */
export interface ServerAddress {
  /** http or https, without credentials and query, without a slash at its end; may have a path. Fit to be shown. */
  readonly url: string;
  /** Bearer token of every request. */
  readonly token?: string;
}

type Environment = CliIo['env'];

/**
 * The server that `--server` or `ASSAY_SERVER` names, with the token of `ASSAY_TOKEN`; undefined when neither does.
 * @throws CliError (64) when it is no address, or the token can not be sent. Neither message has a secret in it.
 */
export function namedServer(
  { server }: { readonly server?: string },
  env: Environment,
): ServerAddress | undefined {
  const [origin, text = ''] =
    server === undefined ? ['ASSAY_SERVER', env['ASSAY_SERVER']] : ['--server', server];
  return text === '' ? undefined : { url: addressOf(text, origin), ...tokenOf(env) };
}

/** {@link namedServer}, else the one on this machine. */
export function askedServer(option: { readonly server?: string }, env: Environment): ServerAddress {
  return namedServer(option, env) ?? { url: DEFAULT_SERVER, ...tokenOf(env) };
}

function tokenOf(env: Environment): Pick<ServerAddress, 'token'> {
  const token = (env['ASSAY_TOKEN'] ?? '').trim();
  if (!/^[\x21-\x7e]*$/.test(token))
    throw usageError('ASSAY_TOKEN: must be one token, of letters, digits and signs, without spaces');
  return token === '' ? {} : { token };
}

function addressOf(text: string, origin: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw usageError(
      `${origin}: must be an address such as ${DEFAULT_SERVER}, beginning with http:// or https://`,
    );
  if (url.username !== '' || url.password !== '')
    throw usageError(`${origin}: must not have a user or password in it: give a token in ASSAY_TOKEN`);
  if (url.search !== '' || url.hash !== '') throw usageError(`${origin}: must not have a ? or # in it`);
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
