import { once } from 'node:events';
import { serve } from './http-server.js';
import { type SimulatorOptions, settingsOf } from './options.js';
import { Pool } from './pool.js';

/** A running simulated pool. */
export interface Simulator {
  /** Where it listens: `http://127.0.0.1:40123`. */
  readonly url: string;
  /** The name of its only user. */
  readonly username: string;
  readonly password: string;
  /** Label of its storage repository. */
  readonly storageRepository: string;
  /** Stops it like a kill: open calls are cut off, and what was answered is on disk. May be called twice. */
  close(): Promise<void>;
}

/**
 * Starts a simulated XenServer pool on the state in `options.state`: a new pool, or the one left there by an earlier
 * simulator, with its VMs still running and its sessions and tasks gone. One process at a time may use a state folder.
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const settings = settingsOf(options);
  const pool = new Pool(settings);
  const server = serve(pool);
  server.listen(settings.port, settings.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    pool.close();
    throw error;
  }
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : settings.port;
  let closed: Promise<void> | undefined;
  return {
    url: `http://${settings.host}:${port}`,
    username: 'root',
    password: settings.password,
    storageRepository: 'NFS virtual disk storage',
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
