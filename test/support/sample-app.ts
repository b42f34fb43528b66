import { once } from 'node:events';
import { createServer } from 'node:http';

/** A release of the sample app. */
export type SampleVersion = 'good' | 'bad';

/** The sample app, running. */
export interface SampleApp {
  /** `host:port`, as Prometheus wants its targets. */
  readonly target: string;
  stop(): Promise<void>;
}

/** Of a hundred requests, how many fail. */
const FAILURES: Readonly<Record<SampleVersion, number>> = { good: 1, bad: 30 };
const REQUESTS_A_SCRAPE = 100;

/** An app that serves a hundred requests between any two scrapes, some of which fail in the bad version. */
export async function startSampleApp(version: SampleVersion): Promise<SampleApp> {
  let scrapes = 0;
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    scrapes++;
    const failed = FAILURES[version] * scrapes;
    const served = REQUESTS_A_SCRAPE * scrapes - failed;
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
    response.end(
      [
        '# TYPE http_requests_total counter',
        `http_requests_total{version="${version}",code="200"} ${served}`,
        `http_requests_total{version="${version}",code="500"} ${failed}`,
        '',
      ].join('\n'),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the sample app has no port');
  return {
    target: `127.0.0.1:${address.port}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
