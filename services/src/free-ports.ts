import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/**
 * Ports that servers may keep over a restart. Above them Linux lends ports to whoever connects anywhere
 * (net.ipv4.ip_local_port_range): what was free there may be taken when its server comes back, or when a member of an
 * ensemble that has to lead first listens.
 */
const RANGE = { from: 15_000, below: 32_768 } as const;
const TRIES = 1_000;

/** A port of `host` that nobody listens on right now. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const [port] = await freePorts(1, host);
  if (port === undefined) throw new Error(`no port of ${host} is free`);
  return port;
}

/** Ports of `host` that nobody listens on right now; all are held until the last is found, so that none is found twice. */
export async function freePorts(count: number, host = '127.0.0.1'): Promise<readonly number[]> {
  const held = new Map<number, Server>();
  try {
    for (let tries = 0; held.size < count; tries += 1) {
      if (tries === TRIES) throw new Error(`no port of ${host} is free`);
      const port = randomInt(RANGE.from, RANGE.below);
      const server = await listening(port, host);
      if (server !== undefined) held.set(port, server);
    }
    return [...held.keys()];
  } finally {
    await Promise.all(
      [...held.values()].map((server) => new Promise((done) => server.close(done))),
    );
  }
}

/** A server at the port, undefined where somebody else has it. */
function listening(port: number, host: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(port, host, () => resolve(server));
  });
}
