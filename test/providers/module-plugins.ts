import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Measurement } from '../../schemas/index.js';
import {
  builtInProviders,
  closePlugins,
  createRegistry,
  type HttpClient,
  type MeasureContext,
  type MeasurementTask,
  type Plugins,
  readPlugins,
  startPlugins,
  takeMeasurement,
} from '../../service/providers/index.js';
import { contextWith, openClient } from './measure.js';

/** The source of a module with a provider that has these functions. */
export const module = (provider: string): string =>
  `export const interfaceVersion = 1; export const provider = {${provider}};`;

/** Plugins of a file of tests, whose processes end after each of them. */
export function modulePlugins() {
  let folder = '';
  let http: HttpClient;
  let plugins: Plugins = new Map();
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'assay-plugins-'));
    http = openClient();
  });
  afterEach(() => closePlugins(plugins));
  afterAll(() => {
    http.close();
    rmSync(folder, { recursive: true });
  });

  /** Takes measurements by these, which are ended after the test. */
  function use(read: Plugins): Plugins {
    plugins = read;
    return read;
  }

  /** A file of plugins with this text. */
  function fileWith(text: string): string {
    const path = join(mkdtempSync(join(folder, 'case-')), 'providers.yaml');
    writeFileSync(path, text);
    return path;
  }

  /** A file of plugins, each a module with this source. */
  function configured(sources: Readonly<Record<string, string>>, timeout = '2s'): string {
    const place = mkdtempSync(join(folder, 'case-'));
    mkdirSync(join(place, 'modules'));
    const entries = Object.entries(sources).map(([name, source]) => {
      writeFileSync(join(place, 'modules', `${name}.mjs`), source);
      return `  - {name: ${name}, module: ./modules/${name}.mjs, timeout: ${timeout}}\n`;
    });
    writeFileSync(join(place, 'providers.yaml'), `plugins:\n${entries.join('')}`);
    return join(place, 'providers.yaml');
  }

  /** Starts one plugin `p` with these functions. */
  async function start(provider: string, timeout?: string): Promise<Plugins> {
    const started = use(readPlugins(configured({ p: module(provider) }, timeout), new Map()));
    await startPlugins(started);
    return started;
  }

  function take(
    config: unknown,
    more: {
      op?: 'measure' | 'resume' | 'terminate';
      previous?: Measurement;
      condition?: string;
      context?: Partial<MeasureContext>;
      name?: string;
      onMetricMetadata?: NonNullable<MeasurementTask['onMetricMetadata']>;
    } = {},
  ): Promise<Measurement> {
    const { op = 'measure', previous, condition, context = {}, name = 'p', onMetricMetadata } = more;
    return takeMeasurement({
      metric: {
        name: 'm',
        provider: { plugin: { [name]: config } },
        ...(condition === undefined ? {} : { successCondition: condition }),
      },
      registry: createRegistry(builtInProviders({ plugins })),
      context: contextWith(http, context),
      op,
      ...(onMetricMetadata === undefined ? {} : { onMetricMetadata }),
      ...(previous === undefined ? {} : { previous }),
    });
  }

  return { use, fileWith, configured, start, take };
}
