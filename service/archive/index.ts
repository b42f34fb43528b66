/** The door of `archive/`: completed runs for good, outside Redis, in files or in a bucket. */
export { createFileArchive, type FileArchiveOptions } from './jsonl/file-archive.js';
export { createBucketArchive, type BucketArchiveOptions } from './s3/bucket-archive.js';
export { openArchive, type OpenArchiveDeps } from './open-archive.js';
