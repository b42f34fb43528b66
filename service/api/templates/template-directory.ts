import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnalysisTemplate, ClusterAnalysisTemplate, TemplateFileFault } from '../../../schemas/index.js';
import { lint } from '../../analysis/index.js';
import { ConfigError, elapsedMs, type ElapsedMs, type Log } from '../../platform/index.js';
import { type KnownTemplates, type TemplateListing, templatesFor } from './known-templates.js';
import { type FileTemplate, readTemplateFile, type TemplateFile } from './template-file.js';

/** How old a listing may be before the directory is looked at again, ms. */
const FRESH_MS = 1_000;
const EXTENSION = /\.(?:ya?ml|json)$/i;

/** What a directory of templates needs. */
export interface TemplateDirectoryDeps {
  readonly path: string;
  /** Default: that of the machine. */
  readonly elapsedMs?: ElapsedMs;
  readonly log: Log;
}

/** A file as it was read, and how to tell that it is another one now. */
interface CachedFile {
  readonly version: string;
  readonly content: TemplateFile;
}

/**
 * The templates in the YAML and JSON files of a directory (not of those within it, nor of hidden files). Files that were
 * changed, added or taken away are noticed when templates are asked for, at most a second late. A faulty file is told in
 * the log and the listing, and the others are used; while the directory can not be read, what was read last stays.
 * @throws ConfigError when the directory can not be read at the start.
 */
export async function openTemplateDirectory({
  path,
  elapsedMs: nowMs = elapsedMs,
  log,
}: TemplateDirectoryDeps): Promise<KnownTemplates> {
  let files: ReadonlyMap<string, CachedFile> = new Map();
  let listing: TemplateListing;
  let lookedAtMs = nowMs();
  let looking: Promise<void> | undefined;
  try {
    files = await readFiles(path, files);
    listing = listingOf(files);
  } catch (error) {
    throw new ConfigError([`templatesDir: ${path} can not be read: ${reasonOf(error)}`]);
  }
  tell(log, listing);

  async function look(): Promise<void> {
    try {
      const found = await readFiles(path, files);
      const changed =
        found.size !== files.size || [...found].some(([name, file]) => files.get(name) !== file);
      const recovers = listing.errors.some(({ file }) => file === '');
      files = found;
      if (!changed && !recovers) return;
      listing = listingOf(files);
      tell(log, listing);
    } catch (error) {
      const message = `the directory can not be read, what was read last is used: ${reasonOf(error)}`;
      if (listing.errors.some((fault) => fault.message === message)) return;
      log.warn({ err: error }, 'the directory of templates can not be read');
      const others = listing.errors.filter(({ file }) => file !== '');
      listing = { ...listing, errors: [{ file: '', path: '', message }, ...others] };
    }
  }

  return {
    async list() {
      if (looking === undefined && nowMs() - lookedAtMs >= FRESH_MS) {
        lookedAtMs = nowMs();
        looking = look().finally(() => {
          looking = undefined;
        });
      }
      await looking;
      return listing;
    },
  };
}

async function readFiles(
  path: string,
  before: ReadonlyMap<string, CachedFile>,
): Promise<ReadonlyMap<string, CachedFile>> {
  const names = (await readdir(path)).filter((name) => EXTENSION.test(name) && !name.startsWith('.')).sort();
  const files = await Promise.all(
    names.map(async (name) => [name, await readOne(path, name, before.get(name))] as const),
  );
  return new Map(files.flatMap(([name, file]) => (file === undefined ? [] : [[name, file]])));
}

/** Undefined: no file; reading a named pipe, say, would never end. A mounted ConfigMap swaps a link above its files, which `stat` looks through. */
async function readOne(
  path: string,
  name: string,
  before: CachedFile | undefined,
): Promise<CachedFile | undefined> {
  const file = join(path, name);
  try {
    const { ino, size, mtimeMs, ctimeMs, isFile } = await statOf(file);
    if (!isFile) return undefined;
    const version = [ino, size, mtimeMs, ctimeMs].join(' ');
    if (before?.version === version) return before;
    return { version, content: readTemplateFile(name, await readFile(file, 'utf8')) };
  } catch (error) {
    const version = `unreadable: ${reasonOf(error)}`;
    if (before?.version === version) return before;
    const message = `can not be read: ${reasonOf(error)}`;
    return { version, content: { templates: [], errors: [{ file: name, path: '', message }] } };
  }
}

async function statOf(file: string) {
  const stats = await stat(file);
  const { ino, size, mtimeMs, ctimeMs } = stats;
  return { ino, size, mtimeMs, ctimeMs, isFile: stats.isFile() };
}

/** Templates of all files, the first of those with one name; with what is wrong beyond the shapes. */
function listingOf(files: ReadonlyMap<string, CachedFile>): TemplateListing {
  const known = new Map<string, FileTemplate>();
  const errors: TemplateFileFault[] = [];
  for (const { content } of files.values()) {
    errors.push(...content.errors);
    for (const template of content.templates) {
      const { kind, metadata } = template.value;
      const key = [kind, metadata?.namespace ?? '', metadata?.name].join('/');
      const first = known.get(key);
      if (first === undefined) known.set(key, template);
      else
        errors.push(
          template.fault({
            path: 'metadata.name',
            message: `${kind ?? ''} '${metadata?.name ?? ''}' is given twice: that of ${first.file} is used`,
          }),
        );
    }
  }
  const values = [...known.values()].map(({ value }) => value);
  const listing = {
    templates: values.filter((value): value is AnalysisTemplate => value.kind === 'AnalysisTemplate'),
    clusterTemplates: values.filter(
      (value): value is ClusterAnalysisTemplate => value.kind === 'ClusterAnalysisTemplate',
    ),
    errors: [],
  };
  for (const { value, fault } of known.values()) {
    const templates = templatesFor(listing, value.metadata?.namespace);
    errors.push(...lint(value, { templates }).errors.map(fault));
  }
  return { ...listing, errors };
}

function tell(log: Log, { templates, clusterTemplates, errors }: TemplateListing): void {
  const counts = { templates: templates.length, clusterTemplates: clusterTemplates.length };
  log.info({ ...counts, faults: errors.length }, 'templates were read');
  for (const { file, path, message, line } of errors)
    log.warn({ file, path, reason: message, line }, 'a template is faulty');
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
