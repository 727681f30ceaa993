import {
  type Cloud,
  type CloudRole,
  createCloud,
  type Logger,
  type Plugin,
  sealingKeysFrom,
} from '@gdcloud/core';
import { Refusals } from '@gdcloud/core/driver-host';
import { opentelemetry } from '@gdcloud/core/opentelemetry';
import { prometheus } from '@gdcloud/core/prometheus';
import { Registry } from 'prom-client';
import { distantDrivers } from './driver-hosts.js';
import { enginePlugins, redisOptions } from './engine.js';
import type { Home } from './home.js';
import { localDrivers } from './local-drivers.js';
import { countRefusals } from './message-metrics.js';
import type { Secrets } from './secrets.js';
import type { Settings } from './settings.js';

/** A started cloud, and in words what it stands on. */
export interface StartedCloud {
  readonly cloud: Cloud;
  /** What `/metrics` answers. */
  readonly metrics: () => Promise<string>;
  readonly words: readonly (readonly [name: string, what: string])[];
}

interface Drivers {
  readonly plugins: readonly Plugin[];
  readonly words: StartedCloud['words'];
  close(): Promise<void>;
}

/**
 * Starts the cloud of a process that takes requests or makes the world as asked. Throws what keeps it from starting;
 * nothing stays behind then.
 */
export async function startCloud(
  settings: Settings,
  home: Home,
  secrets: Secrets,
  logger: Logger,
): Promise<StartedCloud> {
  const registry = new Registry();
  const drivers = settings.roles.includes('drivers')
    ? await localDrivers(settings.drivers, settings, home)
    : await elsewhere({ settings, home, secrets, logger, registry });
  const metrics = prometheus({ registry });
  const cloud = createCloud({
    // Without an SDK of OpenTelemetry, loaded with node --import, spans go nowhere and cost nothing.
    plugins: [...(await enginePlugins(settings)), ...drivers.plugins, metrics, opentelemetry()],
    pepper: secrets.pepper,
    sealingKeys: sealingKeysFrom(secrets.sealing),
    // One process makes a key known; the others would make known keys of their own.
    administratorKey: settings.roles.includes('api') ? (settings.key ?? home.key) : undefined,
    roles: settings.roles.filter((role): role is CloudRole => role !== 'drivers'),
    logger,
  });
  try {
    await cloud.start();
  } catch (thrown) {
    await cloud.stop();
    await drivers.close();
    throw thrown;
  }
  return { cloud, metrics: () => metrics.text(), words: drivers.words };
}

interface Distance {
  readonly settings: Settings;
  readonly home: Home;
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly registry: Registry;
}

async function elsewhere(distance: Distance): Promise<Drivers> {
  const { settings, home, secrets, logger, registry } = distance;
  const refusals = new Refusals();
  countRefusals(registry, refusals);
  const { connectRedis } = await import('@gdcloud/core/redis');
  const bus = connectRedis(await redisOptions(settings), { logger });
  const tell = (message: string): void => void process.stderr.write(`gdcloud: ${message}\n`);
  try {
    const plugins = await distantDrivers({ bus, home, secrets, tell, refusals });
    const words = [['drivers', 'in driver hosts, reached through Redis']] as const;
    return { plugins, words, close: () => Promise.resolve() };
  } finally {
    await bus.close();
  }
}
