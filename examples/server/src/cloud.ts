import { type Cloud, createCloud, type Logger, type Plugin } from '@gdcloud/core';
import { prometheus } from '@gdcloud/core/prometheus';
import { sqlite } from '@gdcloud/core/sqlite';
import { nfsVhd } from '@gdcloud/driver-nfs-vhd';
import { vlan } from '@gdcloud/driver-vlan';
import { xenserver } from '@gdcloud/driver-xenserver';
import { startSimulator } from '@gdcloud/driver-xenserver/simulator';
import type { Home } from './home.js';
import type { Pool, Settings } from './settings.js';

/** A started cloud, and in words what it stands on. */
export interface StartedCloud {
  readonly cloud: Cloud;
  readonly compute: string;
  /** All metrics, as Prometheus reads them. */
  readonly metrics: () => Promise<string>;
}

interface Backend {
  readonly pool: Pool;
  readonly words: string;
  close(): Promise<void>;
}

/** Starts the pool (unless a real one is named) and the cloud on it. Throws what keeps it from starting; nothing stays behind then. */
export async function startCloud(
  settings: Settings,
  home: Home,
  logger: Logger,
): Promise<StartedCloud> {
  const backend = settings.pool === undefined ? await simulated(home) : real(settings.pool);
  const metrics = prometheus();
  const plugins: Plugin[] = [
    metrics,
    sqlite({ file: settings.database }),
    nfsVhd({ folder: home.share }),
    vlan({ folder: home.network }),
    xenserver(backend.pool),
  ];
  const cloud = createCloud({
    plugins,
    pepper: home.pepper,
    administratorKey: settings.key ?? home.key,
    logger,
  });
  try {
    await cloud.start();
  } catch (thrown) {
    await cloud.stop();
    await backend.close();
    throw thrown;
  }
  return { cloud, compute: backend.words, metrics: () => metrics.text() };
}

// The pool keeps its state in the home folder: its servers go on while this process is dead, as a real pool's would.
async function simulated(home: Home): Promise<Backend> {
  const password = 'simulated';
  const simulator = await startSimulator({
    state: home.pool,
    storageFolder: home.share,
    hosts: 2,
    password,
  });
  return {
    pool: { url: simulator.url, username: 'root', password },
    words: `simulated XenServer pool of 2 hosts at ${simulator.url}`,
    close: () => simulator.close(),
  };
}

function real(pool: Pool): Backend {
  return { pool, words: `XenServer pool at ${pool.url}`, close: () => Promise.resolve() };
}
