import { expect, it } from 'vitest';
import { chooseScenarios, complaintsIn, outcomeOf, scenariosIn } from './scenarios.js';

const SOURCE = `
type CanarySuite struct {
	fixtures.E2ESuite
}

func TestCanarySuite(t *testing.T) {
	suite.Run(t, new(CanarySuite))
}

func (s *CanarySuite) SetupSuite() {
	s.E2ESuite.SetupSuite()
}

func (s *CanarySuite) TestCanarySetCanaryScale() {
}

func (s *OtherSuite) TestOfNoSuiteThatIsRun() {
}
`;
const SCENARIO = {
  name: 'CanarySuite/TestCanarySetCanaryScale',
  pattern: '^TestCanarySuite$/^TestCanarySetCanaryScale$',
};

it('scenarios are the methods of the suites that are run', () => {
  expect(scenariosIn([SOURCE])).toEqual([SCENARIO]);
});

it('a suite may be run in another file than its methods are', () => {
  const method = 'func (s *CanarySuite) TestMore() {\n}\n';
  expect(scenariosIn([method, SOURCE]).map(({ name }) => name)).toEqual([
    'CanarySuite/TestMore',
    SCENARIO.name,
  ]);
});

it.each`
  line                                                                   | outcome
  ${'    --- PASS: TestCanarySuite/TestCanarySetCanaryScale (9.1s)'}     | ${'pass'}
  ${'    --- FAIL: TestCanarySuite/TestCanarySetCanaryScale (9.1s)'}     | ${'fail'}
  ${'    --- SKIP: TestCanarySuite/TestCanarySetCanaryScale (0.0s)'}     | ${'skip'}
  ${'    --- PASS: TestCanarySuite/TestCanarySetCanaryScaleMore (9.1s)'} | ${'lost'}
  ${'--- SKIP: TestCanarySuite (0.01s)'}                                 | ${'skip'}
  ${'panic: test timed out after 10m0s'}                                 | ${'lost'}
`('$line: $outcome', ({ line, outcome }: { line: string; outcome: string }) => {
  expect(outcomeOf(`=== RUN   TestCanarySuite\n${line}\n`, SCENARIO)).toBe(outcome);
});

it('complaints are what the suite logs as errors, and where a test was ended', () => {
  const output = [
    'time="…" level=info msg="Waiting for condition: status=Paused"',
    'time="…" level=error msg="Rollout status expected to be Paused"',
    '    when.go:561: timeout after 1m30s waiting for condition status=Paused',
    '    when.go:562: and more',
  ].join('\n');
  expect(complaintsIn(output, 2)).toEqual([
    'time="…" level=error msg="Rollout status expected to be Paused"',
    'when.go:561: timeout after 1m30s waiting for condition status=Paused',
  ]);
});

it('scenarios are chosen by a pattern, and by names that have to be there', () => {
  const all = ['A/TestOne', 'A/TestTwo', 'B/TestOne'].map((name) => ({ name, pattern: '' }));
  const names = (pattern: RegExp, list?: readonly string[]) =>
    chooseScenarios(all, pattern, list).map(({ name }) => name);
  expect(names(/TestOne/)).toEqual(['A/TestOne', 'B/TestOne']);
  expect(names(/TestOne/, ['A/TestOne', 'A/TestTwo'])).toEqual(['A/TestOne']);
  expect(() => names(/./, ['A/TestThree'])).toThrow('the suite has no scenario A/TestThree');
});
