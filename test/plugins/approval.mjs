// A plugin as an HTTP server: a measurement that waits until somebody has approved. node approval.mjs PORT
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

const approvals = new Map();

const operations = {
  measure: ({ run, config }) => waiting(`${run.id}/${config.gate}`),
  resume: ({ measurement }) => waiting(measurement.metadata.ticket),
  terminate: ({ measurement }) => {
    approvals.delete(measurement.metadata.ticket);
    return { kind: 'judged', phase: 'Inconclusive', message: 'nobody decided' };
  },
  garbageCollect: () => ({}),
};

function waiting(ticket) {
  const metadata = { ticket };
  const approved = approvals.get(ticket);
  if (approved === undefined) return { kind: 'running', resumeAtMs: Date.now() + 1_000, metadata };
  return { kind: 'judged', phase: approved ? 'Successful' : 'Failed', text: String(approved), metadata };
}

const server = createServer(async (request, response) => {
  const body = await json(request);
  const operation = operations[request.url.split('/').at(-1)];
  if (request.url === '/decide') approvals.set(body.ticket, body.approved);
  const known = operation !== undefined || request.url === '/decide';
  response.writeHead(known ? 200 : 404, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(known ? (operation?.(body) ?? {}) : { message: 'there is no such operation' }));
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(server.address().port));
