import { CleanupStack } from '../../platform/index.js';
import type { CliDeps } from '../deps.js';
import { CliError, EXIT, type ExitCode } from '../exit-code.js';
import { isColorful } from '../io.js';
import { colorsWhen } from '../phase-style.js';
import { playAct, type ActEnd } from './act.js';
import { paced } from './pace.js';
import { BROKEN, HEALTHY, STABLE } from './release.js';
import { REQUESTS_A_SECOND, setStage } from './stage.js';
import { experienceLine, nextLines, openingLines, questionLines, seconds, sparedLines } from './story.js';
import { createTeller } from './teller.js';

/** Options of `assay demo`. */
export interface DemoOptions {
  /** How many times as fast as usual it goes. */
  readonly pace: number;
}

/**
 * `assay demo`: a healthy version is rolled out and a broken one is caught, on this machine and for real. Answers 0 when
 * it went that way.
 * @throws CliError when it went another way (1) or was interrupted (130).
 */
export async function demoCommand({ pace }: DemoOptions, deps: CliDeps): Promise<ExitCode> {
  const { io } = deps;
  const cleanup = new CleanupStack();
  try {
    await play(pace, deps, cleanup);
    return EXIT.successful;
  } catch (error) {
    if (io.interrupt.aborted)
      throw new CliError(EXIT.interrupted, 'interrupted: what the demo started is stopped', {
        cause: error,
      });
    throw error;
  } finally {
    await cleanup.drain((step, error) => {
      io.err.write(`${step}: could not be stopped: ${String(error)}\n`);
    });
  }
}

async function play(pace: number, deps: CliDeps, cleanup: CleanupStack): Promise<void> {
  const { io } = deps;
  const colors = colorsWhen(isColorful(io.out, io.env));
  const startedAt = performance.now();
  const teller = createTeller(io.out, colors);
  cleanup.defer('live line', () => {
    teller.watch(undefined);
  });
  teller.say(...openingLines(REQUESTS_A_SECOND, colors));
  teller.watch(() => 'starting all of it…');
  const stage = await setStage(paced(pace), deps, cleanup);
  teller.watch(undefined);
  teller.say(...questionLines(stage.source, colors));
  const act = { stage, teller, colors, signal: io.interrupt };
  const [first, second] = stage.places;

  teller.say(colors.bold(`Act one: ${HEALTHY.version} is as good as ${STABLE.version}.`));
  const healthy = await playAct(
    { stable: { release: STABLE, place: first }, canary: { release: HEALTHY, place: second } },
    act,
  );
  if (healthy.kind !== 'promoted') throw notAsItShould(`${HEALTHY.version} is healthy and was not promoted`);
  teller.note(experienceLine(stage.users.experiences()));
  teller.say(colors.green(`${HEALTHY.version} is the stable version now.`), '');

  teller.say(colors.bold(`Act two: ${BROKEN.version} fails now and then, and is slow.`));
  const broken = await playAct(
    { stable: { release: HEALTHY, place: second }, canary: { release: BROKEN, place: first } },
    act,
  );
  if (!isCaught(broken)) throw notAsItShould(`${BROKEN.version} is broken and was not caught`);
  await stage.users.stop();
  const { experiences } = stage.users;
  teller.say(
    ...sparedLines(experiences(), { canary: BROKEN.version, servedMs: broken.servedMs }, colors),
    '',
  );
  teller.say(
    colors.green(
      `As it should be: the good version was promoted, the bad one rolled back, in ${seconds(performance.now() - startedAt)}.`,
    ),
    ...nextLines(colors),
  );
}

/** Rolled back for what was measured: a measurement that could not be taken proves nothing of the version. */
const isCaught = (end: ActEnd): boolean => end.kind === 'rolledBack' && end.judgement.phase === 'Failed';

const notAsItShould = (what: string): CliError =>
  new CliError(EXIT.failed, `the demo did not go as it should: ${what}`);
