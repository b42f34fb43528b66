/**
 * A stub of Prometheus' query API in a process of its own, so that answering does not cost the measured process anything:
 * every query has one sample. `/count` tells how many there were. Prints its port. It shares the cores with what is measured,
 * so it reads no more of a request than where it ends.
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

/** Answers the whole requests that a text begins with, which is ASCII; gives what is left of it. */
function answered(socket: Socket, text: string): string {
  let rest = text;
  let answers = '';
  for (let end = rest.indexOf(END_OF_HEAD); end >= 0; end = rest.indexOf(END_OF_HEAD)) {
    const head = rest.slice(0, end);
    const [, length = '0'] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
    const size = end + END_OF_HEAD.length + Number(length);
    if (rest.length < size) break;
    rest = rest.slice(size);
    const isCount = head.startsWith('GET /count ');
    if (!isCount) count++;
    answers += isCount ? answerOf('text/plain', String(count)) : ANSWER;
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
