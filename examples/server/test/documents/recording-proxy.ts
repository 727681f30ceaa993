import { request as ask, createServer, type Server } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** A request that an example made, and its answer. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** The answer, where it is JSON. */
  readonly json: unknown;
}

/** Passes requests on to a server and notes what was asked and answered. */
export interface RecordingProxy {
  readonly url: string;
  readonly exchanges: readonly Exchange[];
  close(): void;
}

/** How long an event stream is listened to once it has begun: an example shows one that never ends. */
const STREAM_MS = 1_000;

/** Starts a proxy in front of the API at `target`, whose path it keeps. */
export async function recordingProxy(target: string): Promise<RecordingProxy> {
  const { origin, pathname } = new URL(target);
  const exchanges: Exchange[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    const forwarded = ask(origin + url, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      const note = (body: string): void => {
        exchanges.push({ method, path: url, status: answer.statusCode ?? 0, json: jsonOf(body) });
      };
      const type = answer.headers['content-type'] ?? '';
      if (type.startsWith('text/event-stream')) {
        note('');
        answer.pipe(outgoing);
        setTimeout(() => {
          outgoing.end();
          answer.destroy();
        }, STREAM_MS);
      } else if (type.startsWith('application/json')) {
        void buffer(answer).then((body) => {
          note(body.toString());
          outgoing.end(body);
        });
      } else {
        answer.once('end', () => note(''));
        answer.pipe(outgoing);
      }
    });
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  return {
    url: `http://127.0.0.1:${await listening(server)}${pathname}`,
    exchanges,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Has a server listen on a free port of the loopback, and tells which. */
export async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new TypeError('no port');
  return address.port;
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
