import { lookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { ProviderError } from '../provider-error.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Decides which addresses may be connected to. */
export interface EgressPolicy {
  /** Only listed addresses may be connected to: what can not be looked up can not be allowed. */
  readonly onlyListed: boolean;
  /** The rule that forbids `address` (an IPv4 or IPv6 address); undefined: it may be connected to. */
  forbids(address: string): string | undefined;
}

/** Settings of {@link createEgressPolicy}: `ASSAY_EGRESS_DENY`, `ASSAY_EGRESS_ALLOW`, and whether requests are authenticated. */
export interface EgressRules {
  /** CIDRs that are denied. */
  readonly deny?: readonly string[];
  /** When given, only these CIDRs, and `public` for all public addresses, are allowed. */
  readonly allow?: readonly string[];
  /** Whether loopback may be reached when `allow` is not given: only while nobody else can send specs. */
  readonly loopback: boolean;
}

/** Finds all addresses of a name, as `lookup` of `node:dns` does. */
export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Link-local and cloud metadata: denied whatever is configured. */
const NEVER = [
  ...['169.254.0.0/16', 'fe80::/10'],
  // AWS' own network within an instance, which has metadata (::254) and the credentials of pods (::23); and Alibaba.
  ...['fd00:ec2::/32', '100.100.100.200/32'],
  // Google, Azure's wire server, Oracle's two and Scaleway.
  ...['fd20:ce::254/128', '168.63.129.16/32', '192.0.0.192/32', 'fd00:c1::a9fe:a9fe/128', 'fd00:42::42/128'],
];
/** Bits before the IPv4 address in one that is mapped: `::ffff:10.0.0.0/104` is 10.0.0.0/8. */
const MAPPED_BITS = 96;
/** Prefixes whose addresses carry an IPv4 address in their last 32 bits (mapped ones are unwrapped before): NAT64, SIIT. */
const CARRIES_IPV4 = ['64:ff9b::/96', '::ffff:0:0:0/96', '::/96'].map((cidr) => cidrOf(cidr));
/** NAT64 of a network's own: how long its prefix is nobody tells, so each place that an IPv4 address can have counts. */
const LOCAL_NAT64 = cidrOf('64:ff9b:1::/48');
/** The bytes of an IPv4 address behind prefixes of 48, 56, 64 and 96 bits (RFC 6052, 2.2; byte 8 is left out). */
const NAT64_PLACES = [
  [6, 7, 9, 10],
  [7, 9, 10, 11],
  [9, 10, 11, 12],
  [12, 13, 14, 15],
] as const;
/** ISATAP, whatever network is before it: the IPv4 address is behind these bytes of the interface. */
const ISATAP = [0, 0, 0x5e, 0xfe];
const SIX_TO_FOUR = cidrOf('2002::/16');
const TEREDO = cidrOf('2001::/32');
/** Where a connection to an address that is none ends: at this machine. */
const LOOPBACK = { ipv4: ipaddr.parse('127.0.0.1'), ipv6: ipaddr.parse('::1') } as const;

interface Cidr {
  readonly text: string;
  contains(address: Address): boolean;
}

/**
 * The policy of api.md, section Egress. An IPv6 address that stands for an IPv4 address is judged as both, so that no
 * spelling gets around a rule.
 * @throws TypeError for a text that is no CIDR.
 */
export function createEgressPolicy({ deny = [], allow, loopback }: EgressRules): EgressPolicy {
  const never = NEVER.map(cidrOf);
  const denied = deny.map(cidrOf);
  const anyPublic = allow?.includes('public') ?? false;
  const allowed = allow?.filter((entry) => entry !== 'public').map(cidrOf);

  const denial = (address: Address): string | undefined => {
    const hard = never.find((cidr) => cidr.contains(address));
    if (hard) return `always denied: ${hard.text}`;
    const soft = denied.find((cidr) => cidr.contains(address));
    if (soft) return `denied: ${soft.text}`;
    return allowed === undefined && !loopback && isLoopback(address) ? 'loopback' : undefined;
  };
  const refusal = (address: Address): string | undefined => {
    if (allowed === undefined || allowed.some((cidr) => cidr.contains(address))) return undefined;
    // An address that is routed as if it were public may lead to a private one.
    const isOpen = anyPublic && [address, ...embeddedIpv4(address)].every(isPublic);
    return isOpen ? undefined : 'not in the allow list';
  };

  return {
    onlyListed: allowed !== undefined,
    forbids(text) {
      if (!ipaddr.isValid(text)) return 'not an address';
      const address = ipaddr.process(text);
      for (const each of [address, ...meantBy(address)]) {
        const rule = denial(each);
        if (rule !== undefined) return rule;
      }
      return refusal(address);
    },
  };
}

/** Addresses of this machine. */
const THIS_MACHINE = ['127.0.0.0/8', '::1/128'];

/**
 * The policy for a URL of the operator's own that names this machine: nothing else is to be reached by it, and what the
 * operator denies stays denied. Users' specs may not be given it.
 */
export const thisMachineOnly = (deny: readonly string[]): EgressPolicy =>
  createEgressPolicy({ deny, allow: THIS_MACHINE, loopback: true });

/** A policy that forbids what one of two does; the second one is that of a namespace. */
export const narrowedPolicy = (general: EgressPolicy, ofNamespace: EgressPolicy): EgressPolicy => ({
  onlyListed: general.onlyListed || ofNamespace.onlyListed,
  forbids(address) {
    const rule = general.forbids(address);
    if (rule !== undefined) return rule;
    const own = ofNamespace.forbids(address);
    return own === undefined ? undefined : `${own}, for this namespace`;
  },
});

/** Whether a text is a range that {@link createEgressPolicy} takes. */
export const isCidr = (text: string): boolean => ipaddr.isValidCIDR(text);

/** The error of a denied connection. */
export function egressDenied(host: string, address: string, rule: string): ProviderError {
  return new ProviderError(
    'egressDenied',
    `egress denied: ${host} resolves to ${address}, which the policy forbids (${rule})`,
  );
}

/**
 * Resolves names for sockets and hands on only allowed addresses: what is checked is what is connected to, so a name
 * that changes its address between check and connection gains nothing.
 */
export function guardedLookup(policy: EgressPolicy, resolve: Resolve = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) {
        callback(error, '', 0);
        return;
      }
      const verdicts = addresses.map((found) => ({ found, rule: policy.forbids(found.address) }));
      const allowed: LookupAddress[] = verdicts
        .filter(({ rule }) => rule === undefined)
        .map(({ found }) => found);
      const [first] = allowed;
      if (first === undefined) {
        const [refused] = verdicts;
        callback(
          egressDenied(hostname, refused?.found.address ?? 'nothing', refused?.rule ?? 'no address'),
          '',
          0,
        );
      } else if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

/** Throws when `hostname` is an address that the policy forbids: sockets do not look addresses up. */
export function checkLiteral(policy: EgressPolicy, hostname: string): void {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (!ipaddr.isValid(address)) return;
  const rule = policy.forbids(address);
  if (rule !== undefined) throw egressDenied(address, address, rule);
}

/** Names by which clouds serve credentials to their machines: of these a proxy, which may resolve them, is never asked. */
const METADATA_NAMES: ReadonlySet<string> = new Set([
  // Google; Amazon; Tencent; Equinix.
  ...['metadata', 'metadata.google.internal', 'metadata.goog'],
  ...['instance-data', 'instance-data.ec2.internal', 'metadata.tencentyun.com'],
  ...['metadata.packet.net', 'metadata.platformequinix.com'],
]);

/**
 * Rejects when one of the addresses of `hostname` is forbidden, or the name is one of cloud metadata. For requests through a proxy, which resolves the name
 * itself: it may choose any of them. A name that only the proxy knows can not be judged here, and goes to it as in Go,
 * unless there is an allow list.
 */
export async function checkHost(
  policy: EgressPolicy,
  hostname: string,
  resolve: Resolve = lookup,
): Promise<void> {
  checkLiteral(policy, hostname);
  const name = hostname.replace(/^\[|\]$/g, '');
  if (METADATA_NAMES.has(name.replace(/\.+$/, '').toLowerCase()))
    throw new ProviderError(
      'egressDenied',
      `egress denied: ${name} is the metadata service of a cloud, which is always denied`,
    );
  for (const { address } of await addressesOf(name, policy, resolve)) {
    const rule = policy.forbids(address);
    if (rule !== undefined) throw egressDenied(name, address, rule);
  }
}

async function addressesOf(
  name: string,
  { onlyListed }: EgressPolicy,
  resolve: Resolve,
): Promise<readonly LookupAddress[]> {
  try {
    return await new Promise((found, failed) => {
      resolve(name, { all: true }, (error, addresses) => {
        if (error) failed(error);
        else found(addresses);
      });
    });
  } catch (error) {
    const unknown = error instanceof Error && 'code' in error && error.code === 'ENOTFOUND';
    if (!unknown || onlyListed) throw error;
    return [];
  }
}

function cidrOf(text: string): Cidr {
  const ranges = rangesOf(text);
  return {
    text,
    contains: (address) =>
      ranges.some(([network, bits]) => address.kind() === network.kind() && address.match(network, bits)),
  };
}

/**
 * What a CIDR stands for. Addresses are unmapped before they are judged, so a range of mapped ones must be, too. One that is
 * wider than all mapped ones has every IPv4 address in it; `::/0` is not meant so, by whoever writes it beside 0.0.0.0/0.
 */
function rangesOf(text: string): readonly (readonly [Address, number])[] {
  const [network, bits] = ipaddr.parseCIDR(text);
  if (!(network instanceof ipaddr.IPv6) || !network.isIPv4MappedAddress()) return [[network, bits]];
  if (bits >= MAPPED_BITS) return [[network.toIPv4Address(), bits - MAPPED_BITS]];
  return [
    [network, bits],
    [new ipaddr.IPv4([0, 0, 0, 0]), 0],
  ];
}

const isLoopback = (address: Address): boolean => ['loopback', 'unspecified'].includes(address.range());
const isPublic = (address: Address): boolean => address.range() === 'unicast';

/** What an address leads to beside itself, as far as a denial of it goes. */
const meantBy = (address: Address): readonly Address[] =>
  address.range() === 'unspecified' ? [LOOPBACK[address.kind()]] : embeddedIpv4(address);

/** The IPv4 addresses that an IPv6 address stands for, or may. */
function embeddedIpv4(address: Address): readonly ipaddr.IPv4[] {
  if (address instanceof ipaddr.IPv4 || isLoopback(address)) return [];
  const bytes = address.toByteArray();
  if (SIX_TO_FOUR.contains(address)) return [new ipaddr.IPv4(bytes.slice(2, 6))];
  if (TEREDO.contains(address)) return [new ipaddr.IPv4(bytes.slice(12).map((byte) => byte ^ 0xff))];
  if (LOCAL_NAT64.contains(address))
    // Zeros in a place say that the address is in another one.
    return NAT64_PLACES.map((places) => new ipaddr.IPv4(places.map((place) => bytes[place] ?? 0))).filter(
      (inner) => inner.range() !== 'unspecified',
    );
  // Its first byte only says whether the address is of the whole world.
  if (ISATAP.every((byte, index) => ((bytes[index + 8] ?? 0) & (index === 0 ? 0xfd : 0xff)) === byte))
    return [new ipaddr.IPv4(bytes.slice(12))];
  return CARRIES_IPV4.some((cidr) => cidr.contains(address)) ? [new ipaddr.IPv4(bytes.slice(12))] : [];
}
