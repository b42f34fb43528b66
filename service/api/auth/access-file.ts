import {
  type AccessFile,
  DocumentTextError,
  type KubernetesAccess,
  parseDocuments,
  type TokenIssuer,
  refusedFaults,
  validateDocument,
} from '../../../schemas/index.js';
import { GoDurationError, goDurationMs } from '../../condition/index.js';
import { ConfigError, isLoopback } from '../../platform/index.js';
import type { Caller } from './caller.js';

/** A token that may be presented. */
export interface KnownToken {
  /** SHA-256, 32 bytes. */
  readonly digest: Buffer;
  readonly caller: Caller;
  /** Epoch ms; undefined: never. */
  readonly expiresAtMs?: number;
}

/** Who may ask, as the file says. */
export interface Access {
  readonly tokens: readonly KnownToken[];
  readonly issuers: readonly TokenIssuer[];
  readonly kubernetes?: KubernetesAccess;
}

/** RFC 3339 with seconds and a zone. What `Date` reads beyond it depends on the machine. */
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads the text of the file that `ASSAY_TOKENS_FILE` names.
 * @param path for messages.
 * @throws ConfigError with every fault and its path. A text without any of its fields is a fault, as one that was cut off
 *   while it was written would be; `tokens: []` lets nobody in.
 */
export function readAccess(text: string, path: string): Access {
  const refuse = (problems: readonly string[]): ConfigError =>
    new ConfigError(problems.map((problem) => `${path}: ${problem}`));
  const file = documentOf(text, path, refuse);
  const faults = [...tokenFaults(file), ...issuerFaults(file), ...ruleFaults(file)];
  if (faults.length > 0) throw refuse(faults);
  return {
    tokens: (file.tokens ?? []).map(({ name, sha256, scopes, namespaces, expires }) => ({
      digest: Buffer.from(sha256, 'hex'),
      caller: { id: `token:${name}`, grants: [{ scopes, namespaces }] },
      ...(expires === undefined ? {} : { expiresAtMs: Date.parse(expires) }),
    })),
    issuers: file.oidc ?? [],
    ...(file.kubernetes === undefined ? {} : { kubernetes: file.kubernetes }),
  };
}

function documentOf(
  text: string,
  path: string,
  refuse: (problems: readonly string[]) => ConfigError,
): AccessFile {
  let documents: ReturnType<typeof parseDocuments>;
  try {
    documents = parseDocuments(text, { source: path });
  } catch (error) {
    if (!(error instanceof DocumentTextError)) throw error;
    // Without the excerpt: what stands there may be a token that somebody put in by mistake.
    throw new ConfigError([error.message.split('\n', 1)[0] ?? '']);
  }
  const [document, another] = documents;
  if (document === undefined || another !== undefined)
    throw refuse(['must be one document with tokens, oidc or kubernetes']);
  const { value, ...report } = validateDocument('AccessFile', document.value);
  // A misspelt `expires` would be a token that is valid for ever.
  const faults = refusedFaults(report);
  if (faults.length > 0 || value === undefined)
    throw refuse(
      faults.map(
        ({ path: place, message }) => `${place === '' ? '' : `${place}: `}${toldOf(place, message)}`,
      ),
    );
  if (value.tokens === undefined && value.oidc === undefined && value.kubernetes === undefined)
    throw refuse(['must have tokens, oidc or kubernetes']);
  return value;
}

/** What is said of a hash must not show it: it may be the token itself. */
const toldOf = (place: string, message: string): string =>
  place.endsWith('.sha256') && message !== 'is required'
    ? 'must be the SHA-256 of the token, 64 hexadecimal digits (the value is not shown)'
    : message;

function tokenFaults({ tokens = [] }: AccessFile): readonly string[] {
  const seen = new Map<string, number>();
  return tokens.flatMap(({ sha256, expires }, index) => {
    const before = seen.get(sha256.toLowerCase());
    seen.set(sha256.toLowerCase(), index);
    return [
      ...(before === undefined ? [] : [`tokens[${index}].sha256: is that of tokens[${before}]`]),
      ...(expires === undefined || (MOMENT.test(expires) && !Number.isNaN(Date.parse(expires)))
        ? []
        : [
            `tokens[${index}].expires: must be a time such as 2027-06-30T00:00:00Z, not ${JSON.stringify(expires)}`,
          ]),
    ];
  });
}

function issuerFaults({ oidc = [] }: AccessFile): readonly string[] {
  const names = new Set<string>();
  const issuers = new Set<string>();
  return oidc.flatMap(({ name, issuer, jwksUrl, clockTolerance }, index) => {
    const twice = names.has(name) || issuers.has(issuer);
    names.add(name);
    issuers.add(issuer);
    return [
      ...(twice ? [`oidc[${index}]: another entry has the same name or issuer`] : []),
      ...(isSafe(jwksUrl)
        ? []
        : [
            `oidc[${index}].jwksUrl: must be https: whoever can change the keys on their way can let anybody in`,
          ]),
      ...(clockTolerance === undefined || isTolerance(clockTolerance)
        ? []
        : [
            `oidc[${index}].clockTolerance: must be a duration from 0s to 5m, not ${JSON.stringify(clockTolerance)}`,
          ]),
    ];
  });
}

function ruleFaults({ oidc = [], kubernetes }: AccessFile): readonly string[] {
  const places = [
    ...oidc.map(({ rules }, index) => [`oidc[${index}]`, rules] as const),
    ['kubernetes', kubernetes?.rules ?? []] as const,
  ];
  return places.flatMap(([place, rules]) =>
    rules.flatMap(({ namespaces, namespacesFrom }, index) =>
      namespaces === undefined && namespacesFrom === undefined
        ? [`${place}.rules[${index}]: must have namespaces or namespacesFrom`]
        : [],
    ),
  );
}

function isSafe(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || isLoopback(hostname.replace(/^\[|\]$/g, ''));
}

/** A tolerance of more than minutes would keep tokens valid that have long expired. */
const MAX_TOLERANCE_MS = 5 * 60_000;

function isTolerance(text: string): boolean {
  try {
    const ms = goDurationMs(text);
    return ms >= 0 && ms <= MAX_TOLERANCE_MS;
  } catch (error) {
    if (!(error instanceof GoDurationError)) throw error;
    return false;
  }
}
