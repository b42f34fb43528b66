// A plugin as an HTTP server: a measurement that waits until somebody has decided. node approval.mjs PORT
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

const decisions = new Map();
const waiting = new Set();

function look(ticket) {
  const metadata = { ticket };
  const approved = decisions.get(ticket);
  waiting[approved === undefined ? 'add' : 'delete'](ticket);
  if (approved === undefined) return { kind: 'running', resumeAtMs: Date.now() + 1_000, metadata };
  return { kind: 'judged', phase: approved ? 'Successful' : 'Failed', text: String(approved), metadata };
}

const routes = {
  '/v1/measure': ({ config }) => look(config.gate),
  '/v1/resume': ({ measurement }) => look(measurement.metadata.ticket),
  '/v1/terminate': ({ measurement }) => {
    waiting.delete(measurement.metadata.ticket);
    return { kind: 'judged', phase: 'Inconclusive', message: 'nobody decided' };
  },
  '/v1/garbageCollect': () => ({}),
  '/decide': ({ ticket, approved }) => decisions.set(ticket, approved) && {},
  '/waiting': () => [...waiting],
};

const server = createServer(async (request, response) => {
  const route = routes[request.url];
  const answer = route?.(request.method === 'POST' ? await json(request) : {});
  response.writeHead(route ? 200 : 404, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(answer ?? { message: 'there is no such operation' }));
});
server.listen(Number(process.argv[2] ?? 9911), '127.0.0.1', () => console.log(server.address().port));
