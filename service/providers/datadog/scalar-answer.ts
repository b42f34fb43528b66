import { formatGoFloat, quote } from '../../condition/index.js';
import { encodeGoJson, isJsonArray, type JsonValue } from '../go-json.js';
import { goKind, type GoStruct, listOf, member, structOf, textOf } from '../go-struct.js';
import type { Metadata, ValueReading } from '../provider.js';
import { ProviderError } from '../provider-error.js';
import { noData } from './series-answer.js';

interface Column {
  readonly name: string;
  readonly type: string;
  readonly values: readonly JsonValue[];
}

/** A number and the group that it is of. */
interface Group {
  readonly name: string;
  readonly value: number;
}

/** Groups that the metadata has at most: half of them with the least values, half with the greatest. */
const MAX_GROUPS = 100;
/** Characters of a value that messages show. */
const MAX_SHOWN = 4_096;

function readColumns(answer: GoStruct): readonly Column[] {
  const data = structOf(member(answer, 'data'), 'data');
  const attributes = structOf(member(data, 'attributes'), 'attributes');
  const errors = textOf(member(data, 'errors'), 'errors');
  const columns = (listOf(member(attributes, 'columns'), 'columns') ?? []).map((each) => {
    const column = structOf(each, 'a column');
    return {
      name: textOf(member(column, 'name'), 'the name of a column'),
      type: textOf(member(column, 'type'), 'the type of a column'),
      values: listOf(member(column, 'values'), 'the values of a column') ?? [],
    };
  });
  if (errors !== '') throw new ProviderError('badResponse', `There were errors in your query: ${errors}`);
  return columns;
}

/**
 * The value of an answer of API v2: the numbers of the first column that has numbers. Of a query by tags a list with the groups in the
 * metadata, else the first number. Numbers that are null are no data and are left out with their group.
 * @throws ProviderError (`badResponse`)
 */
export function readScalarAnswer(answer: GoStruct): ValueReading {
  const columns = readColumns(answer);
  const numbers = columns.find(({ type }) => type === '' || type === 'number');
  const labels = columns.filter(({ type }) => type === 'group');
  const groups: Group[] = [];
  for (const [index, raw] of (numbers?.values ?? []).entries()) {
    if (raw === null) continue;
    const value = numberOf(raw, numbers?.name ?? '');
    groups.push({ name: labels.length === 0 ? '' : labelAt(labels, index), value });
  }
  const [first] = groups;
  if (first === undefined) return noData('[]');
  if (labels.length === 0) {
    const { value } = first;
    return { kind: 'value', value: { type: 'float64', value }, text: formatGoFloat(value, 'f') };
  }
  const values = groups.map(({ value }) => value);
  return {
    kind: 'value',
    value: { type: 'float64[]', value: values },
    text: `[${values.map((value) => formatGoFloat(value, 'f')).join(',')}]`,
    metadata: metadataOf(groups),
  };
}

function numberOf(raw: JsonValue, column: string): number {
  if (typeof raw === 'number') return raw;
  const shown = quote(JSON.stringify(raw).slice(0, MAX_SHOWN));
  throw new ProviderError(
    'badResponse',
    `could not parse numeric value ${shown} in column ${quote(column)}: json: cannot unmarshal ${goKind(raw)} into Go value of type float64`,
  );
}

/** The tags of a row, one or more from each column; a row without one is an error, as its number could be anybody's. */
function labelAt(columns: readonly Column[], index: number): string {
  return columns
    .flatMap(({ values }) => {
      const tags = values[index];
      if (!isJsonArray(tags) || tags.length === 0 || !tags.every(isTag)) {
        throw new ProviderError('badResponse', `could not parse group label at index ${index}`);
      }
      return tags.map((tag) => tag ?? '');
    })
    .join(',');
}

const isTag = (tag: JsonValue): tag is string | null => tag === null || typeof tag === 'string';

function metadataOf(groups: readonly Group[]): Metadata {
  if (groups.length <= MAX_GROUPS) return { groups: jsonOf(groups) };
  const sorted = groups.toSorted((a, b) => a.value - b.value);
  const half = MAX_GROUPS / 2;
  return { groups: jsonOf([...sorted.slice(0, half), ...sorted.slice(-half)]), groups_truncated: 'true' };
}

const jsonOf = (groups: readonly Group[]): string =>
  encodeGoJson(groups.map(({ name, value }) => ({ name, value })));
