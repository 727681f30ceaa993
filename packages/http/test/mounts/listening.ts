import { once } from 'node:events';
import type { Server } from 'node:net';
import type { UpgradeListener } from '@gdcloud/http';
import type { Host } from './subject.js';

/** A server as a host of the loopback, once it listens; it is told to, where it does not yet. */
export async function listening(
  server: Server,
  { scheme, upgrade }: { scheme: 'http' | 'https'; upgrade?: UpgradeListener | undefined },
): Promise<Host> {
  if (upgrade !== undefined) server.on('upgrade', upgrade);
  if (!server.listening) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new TypeError('no port');
  return {
    origin: `${scheme}://127.0.0.1:${address.port}`,
    close: () => {
      server.close();
      if ('closeAllConnections' in server)
        Reflect.apply(Object(server.closeAllConnections), server, []);
    },
  };
}
