import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import { Pool } from 'undici';

/** A pool's front door that can break down at one chosen request. */
export interface FlakyProxy {
  readonly url: string;
  /** How many requests that change something have come so far. */
  readonly requests: number;
  /** Breaks once, at the n-th such request from now: before the pool sees it, or after the pool has carried it out. */
  breakAt(request: number, when: 'before' | 'after'): void;
}

/** Starts a proxy in front of `target`. */
export async function startFlakyProxy(t: Test, target: string): Promise<FlakyProxy> {
  const pool = new Pool(target, { headersTimeout: 0, bodyTimeout: 0 });
  let requests = 0;
  let fault: { readonly request: number; readonly when: 'before' | 'after' } | undefined;
  const server = createServer((request, response) => {
    forward(request).catch(() => request.socket.destroy());

    async function forward(incoming: IncomingMessage): Promise<void> {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      const counted = !/"method":"(session\.|event\.|task\.|\w+\.get_)/.test(body.toString());
      if (counted) requests += 1;
      const broken = counted && fault?.request === requests ? fault.when : undefined;
      if (broken === 'before') {
        incoming.socket.destroy();
        return;
      }
      const operation = incoming.headers['x-http-other-config-gdcloud-op'];
      const answer = await pool.request({
        method: 'POST',
        path: incoming.url ?? '/',
        headers: {
          'content-type': 'application/json',
          ...(operation === undefined
            ? {}
            : { 'x-http-other-config-gdcloud-op': String(operation) }),
        },
        body,
      });
      const text = await answer.body.text();
      if (broken === 'after') {
        incoming.socket.destroy();
        return;
      }
      response.writeHead(answer.statusCode, { 'content-type': 'application/json' });
      response.end(text);
    }
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
    pool.destroy().catch(() => undefined);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests;
    },
    breakAt: (request, when) => {
      fault = { request: requests + request, when };
    },
  };
}
