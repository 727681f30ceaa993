import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger, Meter } from '@gdcloud/core';
import { type Listener, makeFront } from './server.js';
import type { Settings } from './settings.js';

/** A server that listens before there is anything to serve. */
export interface Door {
  /** `http://HOST:PORT` as clients reach it. */
  readonly origin: string;
  /** Counts connections. */
  measure(meter: Meter): void;
  /** From now on requests are answered by `listener`, before, with 503; and WebSockets by `upgrade`, before, by nobody. */
  open(listener: Listener, upgrade?: UpgradeListener): void;
}

/** What answers a request for another protocol. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Takes the port, with the limits of a hardened server. Throws with a remedy when it can't be had. */
export async function listen(settings: Settings, logger: Logger): Promise<Door> {
  const { host, port } = settings;
  let listener: Listener = notYet;
  const front = await makeFront(
    settings,
    (request, response) => listener(request, response),
    logger,
  );
  const { server, scheme } = front;
  await bind(server, host, port);
  const bound = server.address();
  const actual = typeof bound === 'object' && bound !== null ? bound.port : port;
  return {
    origin: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    measure: (meter) => front.measure(meter),
    open: (ready, upgrade) => {
      listener = ready;
      if (upgrade !== undefined) server.on('upgrade', upgrade);
    },
  };
}

const notYet: Listener = (_request, response) => {
  const body = JSON.stringify({
    type: 'error',
    status: 503,
    code: 'StoreUnavailable',
    message: 'the server is starting; what keeps it from being ready is in its log',
  });
  response.writeHead(503, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'retry-after': '2',
  });
  response.end(body);
};

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const problem =
        error.code === 'EADDRINUSE'
          ? `port ${port} of ${host} is in use: stop what listens there, or set PORT to another (0 for any)`
          : `can't listen on ${host}:${port}: ${error.message}`;
      reject(new Error(problem, { cause: error }));
    });
    server.listen(port, host, () => resolve());
  });
}
