import { afterAll } from 'vitest';
import { createEgressPolicy, createHttpClient, type HttpClient } from '../../service/providers/index.js';
import type { Certificate } from '../support/certificates.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';

/**
 * A recording server and a client that may reach it, for the tests of a whole file, after which both are closed. With a
 * certificate the server speaks TLS, and the client trusts it.
 */
export async function serverOfFile(
  certificate?: Certificate,
): Promise<{ readonly server: RecordingServer; readonly http: HttpClient }> {
  const server = await startRecordingServer(certificate);
  const http = createHttpClient({
    egress: createEgressPolicy({ loopback: true }),
    ...(certificate === undefined ? {} : { ca: certificate.cert }),
  });
  afterAll(async () => {
    http.close();
    await server.close();
  });
  return { server, http };
}
