import { stripVTControlCharacters } from 'node:util';
import type { Colors } from '../phase-style.js';
import { printable, textWidth } from '../printable.js';
import { colored, rolloutIcon } from './icons.js';
import type { ImageView, RolloutTree } from './rollout-tree.js';
import { type RolloutView, viewRollout } from './rollout-view.js';
import { treeRows } from './tree-rows.js';

/** Width of the names of the header. */
const LABEL = 17;

/** What `assay rollouts get` shows, line by line: a header and the tree, laid out as Argo Rollouts' plugin does. */
export function rolloutLines(tree: RolloutTree, nowMs: number, colors: Colors): readonly string[] {
  const { rollout, images } = tree;
  const canary: readonly (readonly [string, string | number])[] =
    rollout.strategy === 'Canary'
      ? [
          ['  Step:', rollout.step],
          ['  SetWeight:', rollout.setWeight],
          ['  ActualWeight:', tree.actualWeight],
        ]
      : [];
  const header: readonly (readonly [string, string | number])[] = [
    ['Name:', rollout.name],
    ['Namespace:', rollout.namespace],
    ['Status:', `${colored(rolloutIcon(rollout.status), colors)} ${rollout.status}`],
    ...(rollout.message === '' ? [] : [['Message:', printable(rollout.message)] as const]),
    ['Strategy:', rollout.strategy],
    ...canary,
    ...images.map((image, index) => [index === 0 ? 'Images:' : '', imageText(image, colors)] as const),
    ['Replicas:', ''],
    ['  Desired:', rollout.desired],
    ['  Current:', rollout.current],
    ['  Updated:', rollout.updated],
    ['  Ready:', rollout.ready],
    ['  Available:', rollout.available],
  ];
  const lines = header.map(([label, value]) => `${label.padEnd(LABEL)}${value}`.trimEnd());
  return [...lines, '', ...aligned(treeRows(tree, nowMs, colors))];
}

function imageText({ image, tags }: ImageView, colors: Colors): string {
  const shown = printable(image);
  return tags.length === 0 ? shown : `${shown} (${tags.map((tag) => colored(tag, colors)).join(', ')})`;
}

/** What a watch writes where nobody can draw over it: one line for each way that a Rollout stands. */
export function statusLine({ rollout, actualWeight }: RolloutTree): string {
  const { strategy, step, setWeight, updated, desired, available } = rollout;
  const parts = [
    ...(strategy === 'Canary' && step !== '' ? [`step ${step}`] : []),
    ...(strategy === 'Canary' ? [`weight ${actualWeight} of ${setWeight}`] : []),
    `updated ${updated} of ${desired}`,
    `available ${available}`,
  ];
  return `${phaseText(rollout)} (${parts.join(', ')})`;
}

/** `phase - message`, or the phase alone. */
export const phaseText = ({ status, message }: RolloutView): string =>
  message === '' ? status : `${status} - ${printable(message)}`;

/** Least widths of the columns of a list. */
const LIST = [
  ['NAME', 10],
  ['STRATEGY', 9],
  ['STATUS', 12],
  ['STEP', 4],
  ['SET-WEIGHT', 10],
  ['READY', 5],
  ['DESIRED', 7],
  ['UP-TO-DATE', 10],
  ['AVAILABLE', 9],
] as const;

/** What `assay rollouts list` shows, line by line. @param withNamespace shows a column for it. */
export function listLines(rollouts: readonly unknown[], withNamespace: boolean): readonly string[] {
  const rows = rollouts.map(viewRollout).map((rollout) => {
    const isCanary = rollout.strategy === 'Canary';
    const cells = [
      ...[rollout.name, rollout.strategy || 'unknown', rollout.status],
      ...[rollout.step || '-', isCanary ? String(rollout.setWeight) : '-'],
      ...[`${rollout.ready}/${rollout.current}`, String(rollout.desired)],
      ...[String(rollout.updated), String(rollout.available)],
    ].map((cell, index) => cell.padEnd(LIST[index]?.[1] ?? 0));
    return withNamespace ? [rollout.namespace.padEnd(9), ...cells] : cells;
  });
  const head = [...(withNamespace ? ['NAMESPACE'] : []), ...LIST.map(([name]) => name)];
  return aligned([head, ...rows]);
}

/** Columns as wide as their widest text, two spaces between. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  // Colours take no columns.
  const width = (text: string): number => textWidth(stripVTControlCharacters(text));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ''))));
  return rows.map((row) =>
    row
      .map((text, column) => `${text}${' '.repeat((widths[column] ?? 0) - width(text) + 2)}`)
      .join('')
      .trimEnd(),
  );
}
