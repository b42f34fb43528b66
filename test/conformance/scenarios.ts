/** A scenario of Argo Rollouts' end-to-end suite. */
export interface Scenario {
  /** E.g. `CanarySuite/TestCanarySetCanaryScale`. */
  readonly name: string;
  /** What selects it and no other of the program: `-test.run`. */
  readonly pattern: string;
}

const SUITE = /^func (Test\w+)\(t \*testing\.T\) \{\s+suite\.Run\(t, new\((\w+)\)\)/gm;
const METHOD = /^func \(s \*(\w+)\) (Test\w+)\(\)/gm;

/**
 * The scenarios in sources of Go: the methods of the suites that are run, in the order of the sources.
 * @param sources texts of the files of one package.
 */
export function scenariosIn(sources: readonly string[]): readonly Scenario[] {
  const text = sources.join('\n');
  const suites = new Map([...text.matchAll(SUITE)].map(([, test = '', suite = '']) => [suite, test]));
  return [...text.matchAll(METHOD)].flatMap(([, suite = '', method = '']) => {
    const test = suites.get(suite);
    return test === undefined ? [] : [{ name: `${suite}/${method}`, pattern: `^${test}$/^${method}$` }];
  });
}

/**
 * Those of a pattern, and of a list of names where there is one.
 * @throws Error when a name of the list is that of no scenario.
 */
export function chooseScenarios(
  all: readonly Scenario[],
  pattern: RegExp,
  names?: readonly string[],
): readonly Scenario[] {
  const unknown = names?.find((name) => !all.some((scenario) => scenario.name === name));
  if (unknown !== undefined) throw new Error(`the suite has no scenario ${unknown}`);
  return all.filter(({ name }) => pattern.test(name) && (names?.includes(name) ?? true));
}

/** How a scenario ended. `lost`: its process ended without saying how. */
export type Outcome = 'pass' | 'fail' | 'skip' | 'lost';

const LINES: Readonly<Record<string, Outcome>> = { PASS: 'pass', FAIL: 'fail', SKIP: 'skip' };

/** How a scenario ended, by what its process printed. A suite may skip all of its scenarios. */
export function outcomeOf(output: string, { name }: Scenario): Outcome {
  if (/^--- SKIP: \w+ \(/m.test(output)) return 'skip';
  const method = name.slice(name.indexOf('/') + 1);
  const line = new RegExp(`^ +--- (PASS|FAIL|SKIP): \\w+/${method} \\(`, 'm').exec(output);
  return LINES[line?.[1] ?? ''] ?? 'lost';
}

/** The lines of an output that say what was wrong, at most `limit`. */
export function complaintsIn(output: string, limit: number): readonly string[] {
  const complaints = output
    .split('\n')
    .filter((line) => /level=(error|fatal)|^\s+\w+\.go:\d+: |^panic: |Error:\s/.test(line));
  return complaints.slice(0, limit).map((line) => line.trim());
}
