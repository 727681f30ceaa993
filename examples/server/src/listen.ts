import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** How long the body of a request may take, unless it is content; milliseconds. */
const BODY_LIMIT = 30_000;

/** A server that listens before there is anything to serve. */
export interface Door {
  /** `HOST:PORT` as clients reach it. */
  readonly address: string;
  /** From now on requests are answered by `listener`, before, with 503; and WebSockets by `upgrade`, before, by nobody. */
  open(listener: RequestListener, upgrade?: UpgradeListener): void;
}

/** What answers a request for another protocol. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Takes the port. Throws with a remedy when it can't be had. Limits keep slow or endless requests from piling up. */
export async function listen(host: string, port: number): Promise<Door> {
  let listener: RequestListener = notYet;
  const server = createServer(
    {
      headersTimeout: 10_000,
      // Content takes as long as it takes: who carries it ends what stops in the middle.
      requestTimeout: 0,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: 5_000,
    },
    (request, response) => {
      if (!isContent(request)) endOverdue(request);
      listener(request, response);
    },
  );
  server.maxRequestsPerSocket = 0;
  await bind(server, host, port);
  const bound = server.address();
  const actual = typeof bound === 'object' && bound !== null ? bound.port : port;
  return {
    address: `${host.includes(':') ? `[${host}]` : host}:${actual}`,
    open: (ready, upgrade) => {
      listener = ready;
      if (upgrade !== undefined) server.on('upgrade', upgrade);
    },
  };
}

function isContent({ url = '' }: IncomingMessage): boolean {
  return /^\/v1\/[a-z]+\/[^/?]+\/content\/?(\?|$)/i.test(url);
}

/** Ends a request whose body takes longer than any but content may. */
function endOverdue(request: IncomingMessage): void {
  if (request.complete) return;
  const timer = setTimeout(() => request.destroy(), BODY_LIMIT).unref();
  const done = (): void => clearTimeout(timer);
  request.once('end', done).once('close', done);
}

const notYet: RequestListener = (_request, response) => {
  const body = JSON.stringify({
    type: 'error',
    status: 503,
    code: 'StoreUnavailable',
    message: 'the server is starting; what keeps it from being ready is in its log',
  });
  response.writeHead(503, {
    'content-type': 'application/json; charset=utf-8',
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
