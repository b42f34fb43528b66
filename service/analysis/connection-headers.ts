/**
 * Headers of the connection, which the requests of others share: a length of a spec's own makes a second request of the
 * rest of its body, whose answer is then taken for that of the next one; a host of its own leads the credentials of a named
 * server to another site; and what `Connection` names is taken away by proxies. Go sets the most of them itself, too.
 */
const OF_CONNECTION =
  /^(?:connection|content-length|host|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i;

/** Whether a header is the client's affair, whatever a spec says. */
export const isOfConnection = (header: string): boolean => OF_CONNECTION.test(header);
