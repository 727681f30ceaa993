import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { serveMeasured } from '../process/measured.js';
import { answer } from './answer.js';
import { FloorStore } from './floor-store.js';
import { startServer } from './start-server.js';

// The floor: what bare Node and SQLite need for the work of starting a server, with nothing around it.
const { values } = parseArgs({
  options: { file: { type: 'string' }, synchronous: { type: 'string', default: 'full' } },
});
if (values.file === undefined) throw new TypeError('--file is missing');
const store = new FloorStore(values.file, values.synchronous === 'normal' ? 'normal' : 'full');

await serveMeasured(
  (request, response) => {
    if (request.method === 'POST') void create(request, response);
    else read(request, response);
  },
  { name: 'floor' },
);

async function create(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  const id = randomUUID();
  await store.create(id, JSON.stringify(Object.fromEntries(new URLSearchParams(body))));
  answer(response, 201, { id, state: 'requested' });
  await startServer(store, id);
}

function read(request: IncomingMessage, response: ServerResponse): void {
  const id = (request.url ?? '').slice('/servers/'.length);
  const row = store.read(id, 'server');
  if (row === undefined) answer(response, 404, {});
  else answer(response, 200, { id, state: row.state, ...(JSON.parse(row.data) as object) });
}
