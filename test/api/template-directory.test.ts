import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTemplateDirectory } from '../../service/api/templates/template-directory.js';
import { createLog } from '../../service/platform/index.js';

let path: string;
let nowMs: number;
let logged: string[];

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'assay-templates-'));
  nowMs = 0;
  logged = [];
});
afterEach(() => rm(path, { recursive: true, force: true }));

const log = createLog({ level: 'info', destination: { write: (line) => void logged.push(line) } });
const open = () => openTemplateDirectory({ path, elapsedMs: () => nowMs, log });
const put = (file: string, ...documents: readonly string[]) =>
  writeFile(join(path, file), documents.join('\n---\n'));
const template = (name: string, fields = '') =>
  `kind: AnalysisTemplate\nmetadata: { name: ${name} }\nspec:\n  metrics:\n  - name: m\n    successCondition: result > 0\n    provider: { web: { url: "http://x" } }\n${fields}`;

async function names(directory: Awaited<ReturnType<typeof open>>): Promise<readonly string[]> {
  nowMs += 1_000;
  const { templates, clusterTemplates } = await directory.list();
  return [...templates, ...clusterTemplates].map(({ metadata }) => metadata?.name ?? '');
}
async function faults(directory: Awaited<ReturnType<typeof open>>): Promise<readonly string[]> {
  nowMs += 1_000;
  const { errors } = await directory.list();
  return errors.map(({ file, line, path: at, message }) => `${file}:${line ?? ''}: ${at}: ${message}`);
}

describe('a directory of templates', () => {
  it('has those of both kinds in its YAML and JSON files, and no others', async () => {
    await put(
      'a.yaml',
      template('one'),
      template('two').replace('AnalysisTemplate', 'ClusterAnalysisTemplate'),
    );
    await put(
      'b.json',
      '{"kind": "AnalysisTemplate", "metadata": {"name": "three"}, "spec": {"templates": [{"templateName": "one"}]}}',
    );
    await put('.hidden.yaml', template('hidden'));
    await put('notes.txt', template('noted'));
    await mkdir(join(path, 'folder.yaml'));
    execFileSync('mkfifo', [join(path, 'pipe.yaml')]);
    const directory = await open();
    expect(await names(directory)).toEqual(['one', 'three', 'two']);
    expect(await faults(directory)).toEqual([]);
  });

  it('tells every fault with its place, and keeps the other templates', async () => {
    await put('a.yaml', template('one'), 'kind: AnalysisTemplate\nspec: {metrics: [{name: 5}]}');
    await put('b.yaml', 'kind: AnalysisTemplate\nspec: [}');
    await put('c.yaml', template('one'), 'kind: Service', 'kind: AnalysisTemplat', template('""'));
    await put('d.yaml', template('two', '  templates: [{ templateName: gone }]').replace('> 0', '>'));
    const directory = await open();
    expect(await names(directory)).toEqual(['one', 'two']);
    const told = await faults(directory);
    expect(told).toEqual([
      'a.yaml:11: spec.metrics[0].name: must be a string, not the number 5: put it in quotes',
      'a.yaml:11: spec.metrics[0].provider: is required',
      expect.stringMatching(/^b\.yaml:2: : /),
      'c.yaml:10: kind: skipped: "Service" is no template',
      'c.yaml:12: kind: unknown kind "AnalysisTemplat": did you mean AnalysisTemplate?',
      'c.yaml:15: metadata.name: is required: runs name the template by it',
      "c.yaml:2: metadata.name: AnalysisTemplate 'one' is given twice: that of a.yaml is used",
      "d.yaml:8: spec.templates[0]: AnalysisTemplate 'gone' not found",
      expect.stringMatching(/^d\.yaml:6: spec\.metrics\[0\]\.successCondition: /),
    ]);
    expect(logged.filter((line) => line.includes('a template is faulty'))).toHaveLength(told.length);
  });

  it('is looked at again when templates are asked for, at most once a second', async () => {
    await put('a.yaml', template('one'));
    const directory = await open();
    await put('a.yaml', template('other'));
    await put('b.yaml', template('two'));
    nowMs += 999;
    expect((await directory.list()).templates).toHaveLength(1);
    expect(await names(directory)).toEqual(['other', 'two']);
    await rm(join(path, 'a.yaml'));
    expect(await names(directory)).toEqual(['two']);
    const before = logged.length;
    expect(await names(directory)).toEqual(['two']);
    expect(logged).toHaveLength(before);
  });

  it('that can not be read any more keeps what was read, and says so until it can', async () => {
    await put('a.yaml', template('one'));
    const directory = await open();
    await rename(path, `${path}-away`);
    expect(await names(directory)).toEqual(['one']);
    expect(await faults(directory)).toEqual([
      ':: : the directory can not be read, what was read last is used: ENOENT',
    ]);
    await rename(`${path}-away`, path);
    expect(await faults(directory)).toEqual([]);
  });

  it('that can not be read at the start stops the start', async () => {
    await rm(path, { recursive: true });
    await expect(open()).rejects.toThrow(`templatesDir: ${path} can not be read: ENOENT`);
  });
});
