import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger, MessageBus, Plugin } from '@gdcloud/core';
import {
  type DriverHost,
  type DriverManifest,
  hearManifest,
  parseManifest,
  Refusals,
  remoteDrivers,
  serveDrivers,
  writeManifest,
} from '@gdcloud/core/driver-host';
import { prometheus } from '@gdcloud/core/prometheus';
import { Registry } from 'prom-client';
import { DRIVER_KINDS, type DriverKind } from './engine-settings.js';
import type { Home } from './home.js';
import { localDrivers } from './local-drivers.js';
import { countRefusals, measureHosts } from './message-metrics.js';
import type { Secrets } from './secrets.js';
import type { Settings } from './settings.js';

/** How long a kernel waits for a driver host it has never heard of before it says so; milliseconds. */
const FIRST_WORD = 15_000;

/** Driver hosts of this process, and in words what they stand on. */
export interface RunningDriverHosts {
  readonly hosts: readonly DriverHost[];
  /** What `/metrics` answers. */
  readonly metrics: () => Promise<string>;
  readonly words: readonly (readonly [name: string, what: string])[];
}

/** Serves the drivers that the settings name, a host a kind, so that each kind can move to another process alone. */
export async function startDriverHosts(
  settings: Settings,
  home: Home,
  secrets: Secrets,
  messages: Plugin,
  logger: Logger,
): Promise<RunningDriverHosts> {
  const hosts: DriverHost[] = [];
  const words: (readonly [string, string])[] = [];
  const refusals = new Refusals();
  const registry = new Registry();
  const metrics = prometheus({ registry });
  countRefusals(registry, refusals);
  measureHosts(registry, () => hosts);
  for (const kind of settings.drivers) {
    const drivers = await localDrivers([kind], settings, home);
    words.push(...drivers.words);
    const plugins = [messages, ...drivers.plugins];
    const keys = [secrets.driverHosts];
    const host = serveDrivers({ name: kind, keys, plugins, logger, refusals });
    await host.start();
    hosts.push(host);
  }
  return { hosts, metrics: () => metrics.text(), words };
}

/** Where to hear of driver hosts, and whom to tell that one was not heard. */
export interface Surroundings {
  readonly bus: MessageBus;
  readonly home: Home;
  readonly secrets: Secrets;
  readonly tell: (message: string) => void;
  /** Counts messages of driver hosts that are not heeded. */
  readonly refusals: Refusals;
}

/** The drivers of all kinds, each in its driver host. Waits until each was heard once in the life of this home. */
export async function distantDrivers(surroundings: Surroundings): Promise<readonly Plugin[]> {
  const { secrets, refusals } = surroundings;
  const keys = [secrets.driverHosts];
  return Promise.all(
    DRIVER_KINDS.map(async (host) =>
      remoteDrivers({ host, keys, manifest: await manifestOf(host, surroundings), refusals }),
    ),
  );
}

// The last one heard is kept: a kernel that starts while a driver host is away goes on with what it knew.
async function manifestOf(
  host: DriverKind,
  { bus, home, secrets, tell }: Surroundings,
): Promise<DriverManifest> {
  const file = join(home.folder, `drivers-${host}.json`);
  for (let known = await kept(file); ; ) {
    const limitMs = known === undefined ? FIRST_WORD : 2_000;
    const heard = await hearManifest({ host, keys: [secrets.driverHosts], bus, limitMs });
    if (heard !== undefined) {
      await writeFile(`${file}.new`, JSON.stringify(writeManifest(heard)), { mode: 0o600 });
      await rename(`${file}.new`, file);
      return heard;
    }
    if (known !== undefined) return known;
    tell(
      `no driver host serves ${host} yet: start a process with GDCLOUD_ROLES=drivers and the same REDIS_URL and GDCLOUD_CLUSTER_SECRET`,
    );
    known = await kept(file);
  }
}

async function kept(file: string): Promise<DriverManifest | undefined> {
  try {
    return parseManifest(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}
