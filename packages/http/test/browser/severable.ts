import { connect, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';
import { listening } from '../served.js';

/** A way to a server that can be taken away. */
export interface Severable {
  readonly url: string;
  /** Cuts what is open, and lets nothing through. */
  cut(): void;
  /** Lets all through again. */
  restore(): void;
}

/** Puts a way that can be severed in front of the server at `url`. */
export async function severable(t: Test, url: string): Promise<Severable> {
  const { hostname, port } = new URL(url);
  const open = new Set<Socket>();
  let state: 'whole' | 'cut' = 'whole';
  const server = createServer((client) => {
    if (state === 'cut') {
      client.destroy();
      return;
    }
    const behind = connect(Number(port), hostname);
    for (const [socket, other] of [
      [client, behind],
      [behind, client],
    ] as const) {
      open.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
    client.pipe(behind).pipe(client);
  });
  const own = await listening(server);
  const cut = (): void => {
    state = 'cut';
    for (const socket of open) socket.destroy();
  };
  t.teardown(() => {
    cut();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${own}`,
    cut,
    restore: () => {
      state = 'whole';
    },
  };
}
