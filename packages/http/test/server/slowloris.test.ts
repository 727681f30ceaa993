import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { api, harden, serverOptions } from '@gdcloud/http';
import t, { type Test } from 'tap';
import { DoubleResources } from '../double.js';
import { doubleTypes } from '../double-types.js';
import { basic, listening } from '../served.js';

const DRIPPING = 500;
const REQUESTS = 300;
/** What the product gives a head is ten times as long; how it is enforced is the same. */
const LIMITS = { headMs: 1_000, checkMs: 500, connectionsPerAddress: 1_000 };

async function serve(t: Test): Promise<{ readonly port: number; readonly authorization: string }> {
  const types = doubleTypes();
  const resources = new DoubleResources(types);
  const user = resources.addAccount('Ada', 'user');
  const handle = api({ types, resources });
  const server = createServer(
    serverOptions(LIMITS),
    (request, response) => void handle(request, response),
  );
  harden(server, { limits: LIMITS });
  const port = await listening(server);
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return { port, authorization: basic(user) };
}

/** How long requests take one after another, sorted; milliseconds. */
async function times(port: number, authorization: string, count: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const taken: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const began = performance.now();
    const request = get({ port, path: '/v1/volumes', agent, headers: { authorization } });
    const [response] = await once(request, 'response');
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
    await once(response.resume(), 'end');
    taken.push(performance.now() - began);
  }
  agent.destroy();
  return taken.toSorted((left, right) => left - right);
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor(sorted.length * share)] ?? Number.NaN;

t.test(
  'beside hundreds of heads that drip others are served, and all that drips is ended',
  async (t) => {
    const { port, authorization } = await serve(t);
    await times(port, authorization, REQUESTS);
    const alone = await times(port, authorization, REQUESTS);
    const sockets: Socket[] = [];
    for (let index = 0; index < DRIPPING; index += 1) {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      socket.write('GET /v1 HTTP/1.1\r\nHost: h\r\nX-A: ');
      sockets.push(socket);
    }
    const drips = sockets.map((socket) => text(socket));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const dripping = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write('a');
    }, 250);
    t.teardown(() => clearInterval(dripping));
    const beside = await times(port, authorization, REQUESTS);
    const answers = await Promise.all(drips);
    t.equal(beside.length, REQUESTS);
    t.equal(answers.filter((answer) => answer.startsWith('HTTP/1.1 408 ')).length, DRIPPING);
    for (const share of [0.5, 0.99])
      t.comment(`p${share * 100} ${quantile(alone, share)} → ${quantile(beside, share)} ms`);
  },
);
