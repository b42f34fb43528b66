import ipaddr from 'ipaddr.js';

/** Whether the host of a URL is this machine, by its name or address; names are not looked up. */
export function isLoopbackHost(hostname: string): boolean {
  const text = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (ipaddr.isValid(text)) return ['loopback', 'unspecified'].includes(ipaddr.process(text).range());
  return /(?:^|\.)localhost\.?$/.test(text);
}
