import { expect, it } from 'vitest';
import { readRunObject } from '../../service/controller/runs/run-object.js';
import { SpecChanges } from '../../service/controller/runs/spec-changes.js';

const made = { metrics: [{ name: 'a', count: 1 }] };
const object = (spec: object, generation: number) =>
  readRunObject({ metadata: { name: 'r', namespace: 'shop', uid: 'u', generation }, spec });

/** A controller that has handed the run over, or found it with another spec. */
function begun(spec: object, generation = 1, measured: Readonly<Record<string, unknown>> = made) {
  const changes = new SpecChanges<{ object: ReturnType<typeof object> }>();
  const run = { object: object(spec, generation) };
  const messages = (): readonly string[] => changes.news(run).map(({ message }) => message);
  expect(messages()).toEqual([]);
  changes.measured(run, measured);
  return {
    messages,
    see: (next: object, at: number): readonly string[] => {
      run.object = object(next, at);
      return messages();
    },
    /** It was asked for again. */
    handedAgain: () => {
      changes.measured(run, measured);
      return messages();
    },
  };
}

const told = (generation: number): string =>
  `The change of its spec (generation ${generation}) is ignored: the run is measured as it was handed over: ` +
  'only terminate and ttlStrategy are looked at; delete it and create it anew';

it('a change of the spec of a run that goes on is told of once', () => {
  const { see, handedAgain, messages } = begun(made);
  expect(messages()).toEqual([]);
  const changed = { metrics: [{ name: 'a', count: 5 }] };
  expect(see(changed, 2)).toEqual([told(2)]);
  // Its status is written, it is ended, and the service is asked again.
  expect(see(changed, 2)).toEqual([]);
  expect(see({ ...changed, terminate: true }, 3)).toEqual([]);
  expect(handedAgain()).toEqual([]);
  expect(see({ metrics: [{ name: 'a', count: 6 }] }, 4)).toEqual([told(4)]);
  // As it is measured.
  expect(see(made, 5)).toEqual([]);
});

it('what has an effect is no such change', () => {
  const { see } = begun(made);
  expect(see({ ...made, terminate: true }, 2)).toEqual([]);
  expect(see({ ...made, terminate: true, ttlStrategy: { secondsAfterCompletion: 1 } }, 3)).toEqual([]);
});

it('a controller that goes on after another finds the change as well, with the same words', () => {
  const changed = { metrics: [{ name: 'a', count: 5 }] };
  expect(begun(changed, 2).messages()).toEqual([told(2)]);
  expect(begun({ ...made, terminate: true }, 2).messages()).toEqual([]);
});

it('how the service writes the spec of an object that was never changed does not matter', () => {
  expect(begun({ metrics: [{ name: 'a', count: 1, interval: '' }] }, 1).messages()).toEqual([]);
});
