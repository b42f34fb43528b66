import { type ConfigField, configReference } from '../schemas/index.js';

/** The lines of the README between which the table stands. */
const BEGIN = '<!-- environment: written by `npm run docs` -->';
const END = '<!-- /environment -->';

/**
 * Puts the table of every setting of the configuration where the README marks its place.
 * @throws Error when the README has not exactly one such place.
 */
export function withEnvironmentTable(readme: string): string {
  const [before, inside, ...more] = readme.split(BEGIN);
  const [, after, ...rest] = inside?.split(END) ?? [];
  if (before === undefined || after === undefined || more.length > 0 || rest.length > 0) {
    throw new Error(`README.md must have one ${BEGIN} and one ${END} after it`);
  }
  return `${before}${BEGIN}\n${environmentTable(configReference())}\n${END}${after}`;
}

/** A Markdown table with a row for each setting, in their order. */
export function environmentTable(fields: readonly ConfigField[]): string {
  return ['| variable | setting | default | meaning |', '| --- | --- | --- | --- |', ...fields.map(row)].join(
    '\n',
  );
}

function row(field: ConfigField): string {
  const [variable = '', ...older] = field.env;
  const notes = [
    field.description,
    ...(older.length > 0 ? [`Also read from ${older.join(', ')}.`] : []),
    ...(field.secret ? [`A secret: ${variable}_FILE names a file that holds it.`] : []),
  ];
  return `| \`${variable}\` | \`${field.key}\` | ${defaultText(field)} | ${escaped(notes.join(' '))} |`;
}

function defaultText({ default: value, unit }: ConfigField): string {
  const text = Array.isArray(value) ? value.join(',') : value === undefined ? '' : JSON.stringify(value);
  const bare = text.replace(/^"(.*)"$/, '$1');
  if (bare === '') return '';
  return unit === undefined ? `\`${bare}\`` : `\`${bare}\` (${unit})`;
}

/** Text as Markdown shows it as it is, in a cell of a table; names of variables stand out. */
const escaped = (text: string): string =>
  text.replace(/[|<>*`\\]/g, '\\$&').replace(/\b[A-Z]+(?:_[A-Z]+)+\b/g, '`$&`');
