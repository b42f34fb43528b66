import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from '../built/binaries.js';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { type ServerProcess, startServer } from './server-process.js';

/** An S3 server of the test's own, with one empty bucket. */
export interface TestBucket {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Folder in which the objects of the bucket are files. */
  readonly folder: string;
  /** Ends it until {@link TestBucket.comeBack}, on the same port with the same objects. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

const REGION = 'eu-test-1';
const KEYS = { accessKeyId: 'tester', secretAccessKey: 'secret-of-the-test' } as const;

/** Starts a real S3 server (versitygw over a folder), which checks signatures. */
export async function startBucket(): Promise<TestBucket> {
  const directory = await mkdtemp(join(tmpdir(), 'assay-bucket-'));
  const folder = join(directory, 'root', 'evidence');
  const metadata = join(directory, 'metadata');
  await mkdir(folder, { recursive: true });
  await mkdir(metadata);
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const launch = async (): Promise<ServerProcess> => {
    const server = await startServer(programPath('versitygw'), [
      ...[
        '--port',
        `127.0.0.1:${port}`,
        '--region',
        REGION,
        '--quiet',
        '--keep-alive',
        '--health',
        '/health',
      ],
      ...['--access', KEYS.accessKeyId, '--secret', KEYS.secretAccessKey],
      // Not every file system of a machine that tests has extended attributes.
      ...['posix', '--sidecar', metadata, join(directory, 'root')],
    ]);
    try {
      await eventually('the S3 server answers', async () => {
        server.check();
        return (await fetch(`${endpoint}/health`)).ok ? true : undefined;
      });
    } catch (error) {
      await server.stop('SIGKILL');
      throw new Error(`the S3 server did not start:\n${server.output()}`, { cause: error });
    }
    return server;
  };
  let server = await launch();
  return {
    ...{ endpoint, folder, bucket: 'evidence', region: REGION, ...KEYS },
    goAway: () => server.stop('SIGKILL'),
    async comeBack() {
      server = await launch();
    },
    async stop() {
      await server.stop('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}
