import { once } from 'node:events';
import { systemClock, systemRandom } from '@gdcloud/core';
import { serve } from './http-server.js';
import { MachineRoom } from './machine-room.js';
import { type PoolOptions, settingsOf } from './options.js';
import { Pool } from './pool.js';
import { REPOSITORY } from './seed.js';

/** How a simulated pool is made and where it listens. */
export interface SimulatorOptions extends PoolOptions {
  /** Default 0: any free port. */
  readonly port?: number | undefined;
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host?: string | undefined;
}

/** A running simulated pool. */
export interface Simulator {
  /** Where it listens: `http://127.0.0.1:40123`. */
  readonly url: string;
  /** The name of its only user. */
  readonly username: string;
  readonly password: string;
  /** Label of its storage repository. */
  readonly storageRepository: string;
  /** What guests and hosts do by themselves. */
  readonly machines: MachineRoom;
  /** Stops it like a kill: open calls are cut off, and what was answered is on disk. May be called twice. */
  close(): Promise<void>;
}

/**
 * Starts a simulated XenServer pool on the state in `options.state`: a new pool, or the one left there by an earlier
 * simulator, with its VMs still running and its sessions and tasks gone. One process at a time may use a state folder.
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const settings = settingsOf(options);
  const pool = new Pool(settings, { clock: systemClock, random: systemRandom });
  const server = serve(pool);
  const { port: wanted = 0, host = '127.0.0.1' } = options;
  server.listen(wanted, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    pool.close();
    throw error;
  }
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : wanted;
  pool.listenAt(`http://${host}:${port}`);
  let closed: Promise<void> | undefined;
  return {
    url: `http://${host}:${port}`,
    username: 'root',
    password: settings.password,
    storageRepository: REPOSITORY,
    machines: new MachineRoom(pool),
    close: () => {
      closed ??= new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        pool.close();
      });
      return closed;
    },
  };
}
