import type { Fault, ObjectMeta } from '../../schemas/index.js';
import { memberPath } from './lint/field-path.js';

/** Names as Kubernetes has them (k8s.io/apimachinery, `validation`): what it would refuse could not be looked for there either. */
const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const MAX_LABEL = 63;
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const MAX_SUBDOMAIN = 253;
const WORD = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const MAX_WORD = 63;
const MAX_ANNOTATIONS = 256 * 1024;

const A_SUBDOMAIN = `must be at most ${MAX_SUBDOMAIN} lower-case letters, digits, "-" and ".", such as checkout-7f9c`;
const A_LABEL = `must be at most ${MAX_LABEL} lower-case letters, digits and "-", such as shop`;
const A_WORD = `at most ${MAX_WORD} letters, digits, "-", "_" and "." that begin and end with a letter or digit`;

/**
 * What an API server of Kubernetes would refuse in the metadata of a run: its name or the prefix of one, its namespace,
 * labels and the keys of annotations. Paths begin with `metadata`. Values are not shown: they can be long.
 */
export function metadataFaults({
  name = '',
  generateName = '',
  namespace = '',
  labels = {},
  annotations = {},
}: ObjectMeta): readonly Fault[] {
  const faults: Fault[] = [];
  const check = (path: string, isRight: boolean, message: string): void => {
    if (!isRight) faults.push({ path, message });
  };
  check('metadata.name', name === '' || isSubdomain(name), A_SUBDOMAIN);
  check('metadata.generateName', generateName === '' || isPrefix(generateName), `${A_SUBDOMAIN}-`);
  check('metadata.namespace', namespace === '' || isLabel(namespace), A_LABEL);
  for (const [key, value] of Object.entries(labels)) {
    const path = memberPath('metadata.labels', key);
    check(path, isQualified(key), `the key must be ${A_WORD}, and may have a domain and "/" before it`);
    check(path, value === '' || isWord(value), `must be ${A_WORD}`);
  }
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) {
    const path = memberPath('metadata.annotations', key);
    size += bytesOf(key) + bytesOf(value);
    check(
      path,
      isQualified(key.toLowerCase()),
      `the key must be ${A_WORD}, and may have a domain and "/" before it`,
    );
  }
  check(
    'metadata.annotations',
    size <= MAX_ANNOTATIONS,
    `have ${size} bytes: at most ${MAX_ANNOTATIONS} are possible`,
  );
  return faults;
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;
const isLabel = (text: string): boolean => text.length <= MAX_LABEL && LABEL.test(text);
const isSubdomain = (text: string): boolean => text.length <= MAX_SUBDOMAIN && SUBDOMAIN.test(text);
const isWord = (text: string): boolean => text.length <= MAX_WORD && WORD.test(text);
/** What is made up goes behind it, so that it may end with a dash. */
const isPrefix = (text: string): boolean => isSubdomain(`${text}0`);

function isQualified(key: string): boolean {
  const [first = '', second, ...more] = key.split('/');
  if (second === undefined) return isWord(first);
  return more.length === 0 && isSubdomain(first) && isWord(second);
}
