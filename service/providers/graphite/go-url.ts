const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
const USER = /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/;
/** What may stand in a host as it is, beside what is not ASCII. */
const HOST = /^(?:[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"\u0080-\u{10ffff}]|%(?:25|[89A-Fa-f][0-9A-Fa-f]))*$/u;

/** Whether Go's `url.Parse` takes a text. It takes more than the URL class does: `graphite.local` is a path. */
export function isGoUrl(text: string): boolean {
  if (/[\u0000-\u001f\u007f]/.test(text) || text.startsWith(':')) return false;
  const [place = '', ...fragment] = text.split('#');
  if (BAD_ESCAPE.test(fragment.join('#'))) return false;
  const scheme = SCHEME.exec(place)?.[0] ?? '';
  const [rest = ''] = place.slice(scheme.length).split('?', 1);
  const [, authority, path = ''] = /^\/\/([^/]*)(.*)$/.exec(rest) ?? [undefined, undefined, rest];
  if (authority !== undefined) return isAuthority(authority) && !BAD_ESCAPE.test(path);
  // Of `localhost:8080` Go thinks that the scheme is localhost; of `127.0.0.1:8080` it does not.
  if (scheme !== '') return !path.startsWith('/') || !BAD_ESCAPE.test(path);
  return !(path.split('/', 1)[0] ?? '').includes(':') && !BAD_ESCAPE.test(path);
}

function isAuthority(authority: string): boolean {
  const at = authority.lastIndexOf('@');
  const user = at === -1 ? '' : authority.slice(0, at);
  const host = authority.slice(at + 1);
  if (!USER.test(user) || BAD_ESCAPE.test(user) || !HOST.test(host)) return false;
  const afterName = host.startsWith('[')
    ? /^\[.*\](.*)$/s.exec(host)?.[1]
    : (/:[^:]*$/.exec(host)?.[0] ?? '');
  return afterName !== undefined && (afterName === '' || /^:\d*$/.test(afterName));
}
