import type { VectorRunner } from '../runner.js';
import { runner as args } from './args.js';
import { runner as conditions } from './conditions.js';
import { runner as durations } from './durations.js';
import { runner as evaluations } from './eval.js';
import { runner as jobs } from './jobs.js';
import { runner as kayenta } from './kayenta.js';
import { runner as plugins } from './plugins.js';
import { runner as providers } from './providers.js';
import { runner as runs } from './runs.js';
import { runner as templates } from './templates.js';
import { runner as times } from './times.js';
import { runner as validation } from './validation.js';

/** Every runner; a vector file is run by the first whose `file` matches its path. */
export const runners: readonly VectorRunner[] = [
  conditions,
  evaluations,
  times,
  durations,
  args,
  validation,
  templates,
  runs,
  jobs,
  plugins,
  kayenta,
  providers,
];
