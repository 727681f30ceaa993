import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { answer } from '../../floor/answer.js';
import { serveMeasured } from '../../process/measured.js';
import type { ClusterRows } from './cluster-rows.js';
import type { Step } from './step.js';

/** Serves what clients of a floor see: `POST` makes a server's rows and announces its first event, `GET` reads it. */
export async function serveFront(
  rows: ClusterRows,
  announce: (first: Step) => Promise<void> | void,
): Promise<void> {
  await serveMeasured(
    (request, response) =>
      void (request.method === 'POST' ? create(request, response) : read(request, response)),
    { name: 'floor' },
  );

  async function create(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const id = randomUUID();
    await rows.create(id, JSON.stringify(Object.fromEntries(new URLSearchParams(body))));
    await announce({ id, event: 0 });
    answer(response, 201, { id, state: 'requested' });
  }

  async function read(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = (request.url ?? '').slice('/servers/'.length);
    const row = await rows.read(id, 'server');
    if (row === undefined) answer(response, 404, {});
    else answer(response, 200, { id, state: row.state, ...(JSON.parse(row.data) as object) });
  }
}
