/**
 * A stub of Prometheus' query API in a process of its own, so that answering does not cost the measured process anything:
 * every query has one sample. `/count` tells how many there were, `/gaps` the times between equal ones. Prints its port. It
 * shares the cores with what is measured, so it reads no more of a request than where it ends, until it is asked for gaps.
 */
import { createServer, type Socket } from 'node:net';

const END_OF_HEAD = '\r\n\r\n';
const BODY = JSON.stringify({
  status: 'success',
  data: { resultType: 'vector', result: [{ metric: {}, value: [1_764_000_000, '0.97'] }] },
});
const answerOf = (type: string, body: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}${END_OF_HEAD}${body}`;
const ANSWER = answerOf('application/json', BODY);

let count = 0;
/** When each query came last; undefined: nobody has asked for gaps. */
let lastAt: Map<string, number> | undefined;
/** Since they were asked for last, ms. */
let gaps: number[] = [];

/** Notes a query, which is part of the URL or of a form. */
function note(request: string): void {
  const [, query] = /[?&\n]query=([^& ]*)/.exec(request) ?? [];
  if (lastAt === undefined || query === undefined) return;
  const [now, before] = [performance.now(), lastAt.get(query)];
  if (before !== undefined) gaps.push(now - before);
  lastAt.set(query, now);
}

function answerGaps(): string {
  lastAt ??= new Map();
  const body = JSON.stringify({ queries: lastAt.size, gaps });
  gaps = [];
  return answerOf('application/json', body);
}

function answerTo(request: string): string {
  if (request.startsWith('GET /count ')) return answerOf('text/plain', String(count));
  if (request.startsWith('GET /gaps ')) return answerGaps();
  count++;
  if (lastAt !== undefined) note(request);
  return ANSWER;
}

/** Answers the whole requests that a text begins with, which is ASCII; gives what is left of it. */
function answered(socket: Socket, text: string): string {
  let rest = text;
  let answers = '';
  for (let end = rest.indexOf(END_OF_HEAD); end >= 0; end = rest.indexOf(END_OF_HEAD)) {
    const head = rest.slice(0, end);
    const [, length = '0'] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
    const size = end + END_OF_HEAD.length + Number(length);
    if (rest.length < size) break;
    answers += answerTo(rest.slice(0, size));
    rest = rest.slice(size);
  }
  if (answers !== '') socket.write(answers);
  return rest;
}

const server = createServer({ noDelay: true }, (socket) => {
  let rest = '';
  socket.setEncoding('latin1');
  socket.on('data', (text) => {
    rest = answered(socket, rest + String(text));
  });
  // Whoever asked has gone; the next connection is another one.
  socket.on('error', () => {
    socket.destroy();
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the stub has no port');
  console.log(`port ${address.port}`);
});
