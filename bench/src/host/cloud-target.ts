import { setTimeout as pause } from 'node:timers/promises';
import { Connection, type Reply } from '../load/connection.js';
import type { Target } from '../load/load.js';
import { KEY } from './key.js';

const HEADERS = {
  authorization: `Basic ${Buffer.from(`${KEY.publicValue}:${KEY.secretValue}`).toString('base64')}`,
  accept: 'application/json',
};
/** How long what servers need may take to be ready; milliseconds. */
const PATIENCE = 60_000;

/** Gives a new cloud a network, waits until servers can start, and describes it to the load. */
export async function cloudTarget(port: number): Promise<Target> {
  const connection = await Connection.open(port, HEADERS);
  try {
    const made = idOf(await connection.post('/v1/networks', 'name=bench&ipv4Cidr=10.0.0.0/12'));
    const network = await ready(connection, `/v1/networks/${made}`);
    const { data } = JSON.parse((await connection.get('/v1/images?osType=linux')).body) as {
      readonly data: readonly { readonly id: string }[];
    };
    const image = await ready(connection, `/v1/images/${data[0]?.id}`);
    await hosts(connection);
    return {
      port,
      headers: HEADERS,
      path: '/v1/virtualmachines',
      form: (index) =>
        `name=server-${index}&offering=1gb-1cpu&imageId=${image}&networkId=${network}`,
    };
  } finally {
    connection[Symbol.dispose]();
  }
}

async function ready(connection: Connection, path: string): Promise<string> {
  let last = '';
  for (const end = Date.now() + PATIENCE; Date.now() < end; await pause(20)) {
    last = (await connection.get(path)).body;
    const { id, state } = JSON.parse(last) as { readonly id: string; readonly state: string };
    if (state === 'active') return id;
  }
  throw new Error(`${path} does not become ready: ${last}`);
}

async function hosts(connection: Connection): Promise<void> {
  for (const end = Date.now() + PATIENCE; Date.now() < end; await pause(20)) {
    const { body } = await connection.get('/v1/hosts');
    const { data } = JSON.parse(body) as { readonly data: readonly { readonly state: string }[] };
    if (data.length > 0 && data.every(({ state }) => state === 'active')) return;
  }
  throw new Error('no hosts were found');
}

function idOf({ status, body }: Reply): string {
  if (status !== 201 && status !== 202)
    throw new Error(`a request for a network: ${status} ${body}`);
  return (JSON.parse(body) as { readonly id: string }).id;
}
