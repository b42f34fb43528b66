import { usageError } from '../exit-code.js';
import type { CliIo } from '../io.js';

/** Where commands that read runs ask, unless they are told. */
export const DEFAULT_SERVER = 'http://127.0.0.1:8080';

/** A server of Assay and who asks it. */
export interface ServerAddress {
  /** http or https, without credentials and query, without a slash at its end; may have a path. Fit to be shown. */
  readonly url: string;
  /** Bearer token of a request, read anew for each: that of a pod is replaced before it expires. Undefined: none. */
  readonly token: () => Promise<string | undefined>;
}

type Outside = Pick<CliIo, 'env' | 'readText'>;

/**
 * The server that `--server` or `ASSAY_SERVER` names, with the token of `ASSAY_TOKEN` or of the file `ASSAY_TOKEN_FILE`;
 * undefined when neither does.
 * @throws CliError (64) when it is no address, or the token can not be sent. Neither message has a secret in it.
 */
export function namedServer(
  { server }: { readonly server?: string },
  io: Outside,
): ServerAddress | undefined {
  const [origin, text = ''] =
    server === undefined ? ['ASSAY_SERVER', io.env['ASSAY_SERVER']] : ['--server', server];
  return text === '' ? undefined : { url: addressOf(text, origin), token: tokenOf(io) };
}

/** {@link namedServer}, else the one on this machine. */
export function askedServer(option: { readonly server?: string }, io: Outside): ServerAddress {
  return namedServer(option, io) ?? { url: DEFAULT_SERVER, token: tokenOf(io) };
}

function tokenOf({ env, readText }: Outside): ServerAddress['token'] {
  const { ASSAY_TOKEN: given = '', ASSAY_TOKEN_FILE: file = '' } = env;
  if (given !== '' && file !== '')
    throw usageError('ASSAY_TOKEN_FILE: ASSAY_TOKEN is set as well: set one of them');
  if (file === '') {
    const token = checked(given, 'ASSAY_TOKEN');
    return () => Promise.resolve(token === '' ? undefined : token);
  }
  return async () => {
    let text: string;
    try {
      text = await readText(file);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw usageError(`ASSAY_TOKEN_FILE: ${file}: can not be read: ${reason}`, { cause: error });
    }
    const token = checked(text, `ASSAY_TOKEN_FILE: ${file}`);
    if (token === '') throw usageError(`ASSAY_TOKEN_FILE: ${file}: is empty`);
    return token;
  };
}

/** The token of a text. The message does not show it. */
function checked(text: string, origin: string): string {
  const token = text.trim();
  if (/^[\x21-\x7e]*$/.test(token)) return token;
  throw usageError(`${origin}: must be one token, of letters, digits and signs, without spaces`);
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
