/**
 * A stub of Prometheus' query API in a process of its own, so that answering does not cost the measured process anything:
 * every query has one sample. `/count` tells how many there were. Prints its port.
 */
import { createServer } from 'node:http';

const BODY = JSON.stringify({
  status: 'success',
  data: { resultType: 'vector', result: [{ metric: {}, value: [1_764_000_000, '0.97'] }] },
});
const HEADERS = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(BODY)) };

let count = 0;
const server = createServer((request, response) => {
  request.resume();
  if (request.url === '/count') {
    response.end(String(count));
    return;
  }
  count++;
  response.writeHead(200, HEADERS).end(BODY);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the stub has no port');
  console.log(`port ${address.port}`);
});
