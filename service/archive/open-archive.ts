import { goDurationMs } from '../condition/index.js';
import type { RunArchive } from '../engine/index.js';
import { type Clock, type Config, type Log, readCaFile } from '../platform/index.js';
import { chainCredentials, createEgressPolicy, createHttpClient } from '../providers/index.js';
import { createFileArchive } from './jsonl/file-archive.js';
import { createBucketArchive } from './s3/bucket-archive.js';
import { tryDirectory } from './try-directory.js';

/** What {@link openArchive} needs. */
export interface OpenArchiveDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
}

const MIB = 1024 * 1024;
const DAY_MS = 24 * 3_600_000;
/** Largest answer of a bucket, bytes: a run with all of its measurements. */
const MAX_OBJECT = 64 * MIB;

/**
 * The archive that the configuration wants; undefined: none. A bucket is not asked anything yet: it may be away at the start.
 * @throws ConfigError when the directory, or the file of certificate authorities, can not be used.
 */
export function openArchive(config: Config, { env, clock, log }: OpenArchiveDeps): RunArchive | undefined {
  const { archiveDir, archiveBucket, archiveRegion, archiveEndpoint, caFile } = config;
  if (archiveDir !== undefined) {
    tryDirectory(archiveDir, log);
    return createFileArchive({
      ...{ directory: archiveDir, clock, log },
      maxBytes: config.archiveFileMib * MIB,
      maxAgeMs: goDurationMs(config.archiveFileAge),
      ...(config.archiveMaxDays === undefined ? {} : { keptMs: config.archiveMaxDays * DAY_MS }),
    });
  }
  if (archiveBucket === undefined) return undefined;
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/*$/.exec(archiveBucket) ?? [];
  // The operator names it, not a spec: it may be on this machine. Cloud metadata is denied all the same.
  const http = createHttpClient({
    ...{ egress: createEgressPolicy({ loopback: true }), maxBytes: MAX_OBJECT },
    ...(caFile === undefined ? {} : { ca: readCaFile(caFile) }),
  });
  const archive = createBucketArchive({
    ...{ bucket, http, clock, log, region: archiveRegion, prefix: path === '' ? '' : `${path}/` },
    ...(archiveEndpoint === undefined ? {} : { endpoint: archiveEndpoint }),
    credentials: chainCredentials({ env, http, clock }),
  });
  return {
    ...archive,
    async close() {
      await archive.close();
      http.close();
    },
  };
}
