import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from '@gdcloud/core';
import { nfsVhd } from '@gdcloud/driver-nfs-vhd';
import {
  type MachineSettings,
  type StrongestMode,
  strongestMode,
  vlan,
} from '@gdcloud/driver-vlan';
import { xenserver } from '@gdcloud/driver-xenserver';
import { startSimulator } from '@gdcloud/driver-xenserver/simulator';
import type { DriverKind } from './engine-settings.js';
import type { Home } from './home.js';
import type { Pool, Settings } from './settings.js';

/** Drivers of this process, and in words what they stand on. */
export interface LocalDrivers {
  readonly plugins: readonly Plugin[];
  /** A line a backend, for the greeting. */
  readonly words: readonly (readonly [name: string, what: string])[];
  close(): Promise<void>;
}

/** Makes the drivers that `kinds` names, on a simulated pool unless a real one is named. Throws what keeps the pool from starting. */
export async function localDrivers(
  kinds: readonly DriverKind[],
  settings: Settings,
  home: Home,
): Promise<LocalDrivers> {
  const plugins: Plugin[] = [];
  const words: [string, string][] = [];
  let close = (): Promise<void> => Promise.resolve();
  if (kinds.includes('compute')) {
    const backend = settings.pool === undefined ? await simulated(home) : real(settings.pool);
    close = () => backend.close();
    plugins.push(xenserver(backend.pool));
    words.push(['compute', backend.words]);
  }
  if (kinds.includes('storage')) {
    const imports = { allowNetworks: settings.importNetworks };
    plugins.push(nfsVhd({ folder: home.share, imports }));
    words.push(['storage', `VHD files in ${home.share}`]);
  }
  if (kinds.includes('network')) {
    const { mode, because } = await strongestMode(undefined, new AbortController().signal);
    plugins.push(vlan({ folder: home.network, mode, machine: OUTSIDE_OF_SANDBOX }));
    words.push(['network', `VLANs 100–3999 on physnet1; ${MODE_WORDS[mode]} (${because})`]);
  }
  return { plugins, words, close };
}

/** The uplink that address pools of the example name. */
const OUTSIDE_OF_SANDBOX: MachineSettings = {
  trunks: [],
  uplinks: [{ name: 'outside', by: 'bridge', device: 'outside' }],
};

const MODE_WORDS: Readonly<Record<StrongestMode['mode'], string>> = {
  full: 'appliances on this machine',
  sandboxed: 'appliances in a sandbox of this process, which leads nowhere',
  record: 'appliance plans are recorded, not applied',
};

interface Backend {
  readonly pool: Pool;
  readonly words: string;
  close(): Promise<void>;
}

// The pool keeps its state in the home folder: its servers go on while this process is dead, as a real pool's would. So
// it does its port, where that is free: to kernels elsewhere another address is another pool.
async function simulated(home: Home): Promise<Backend> {
  const password = 'simulated';
  const portFile = join(home.folder, 'pool-port');
  const options = { state: home.pool, storageFolder: home.share, hosts: 2, password };
  const start = (port: number): ReturnType<typeof startSimulator> =>
    startSimulator({ ...options, port });
  const kept = Number(await readFile(portFile, 'utf8').catch(() => '0'));
  const simulator = await (kept > 0 && kept < 65_536
    ? start(kept).catch(() => start(0))
    : start(0));
  await writeFile(portFile, new URL(simulator.url).port, { mode: 0o600 });
  return {
    pool: { url: simulator.url, username: 'root', password },
    words: `simulated XenServer pool of 2 hosts at ${simulator.url}`,
    close: () => simulator.close(),
  };
}

function real(pool: Pool): Backend {
  return { pool, words: `XenServer pool at ${pool.url}`, close: () => Promise.resolve() };
}
