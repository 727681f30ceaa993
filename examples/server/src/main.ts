import { setTimeout as pause } from 'node:timers/promises';
import { type Cloud, ensureError, type Logger, PortUnavailable } from '@gdcloud/core';
import { api, consoleGateway, type UpgradeListener } from '@gdcloud/http';
import { pino } from 'pino';
import { startCloud } from './cloud.js';
import { startDriverHosts } from './driver-hosts.js';
import { messages } from './engine.js';
import { placeOf } from './engine-settings.js';
import { greeting } from './greeting.js';
import { healthOnly } from './health.js';
import { type Home, openHome } from './home.js';
import { InvalidSetting } from './invalid-setting.js';
import { listen } from './listen.js';
import { secretsOf } from './secrets.js';
import type { Listener } from './server.js';
import { readSettings, type Settings } from './settings.js';

/** How long to wait before trying again what a full disk or a read-only home has kept from working; milliseconds. */
const RETRY_PAUSE = 2_000;

const TEMPORARY = new Set([
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'EACCES',
  'EPERM',
  'ENOENT',
  'ENOTDIR',
]);

interface Started {
  /** Absent in a process that only runs drivers. */
  readonly cloud?: Cloud;
  /** What `/metrics` answers. */
  readonly metrics?: () => Promise<string>;
  readonly words: readonly (readonly [name: string, what: string])[];
}

try {
  await main();
} catch (thrown) {
  const error = ensureError(thrown);
  process.stderr.write(`gdcloud: ${error.message}\n`);
  if ('remedy' in error && typeof error.remedy === 'string')
    process.stderr.write(`gdcloud: ${error.remedy}\n`);
  process.exit(error instanceof InvalidSetting ? 2 : 1);
}

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const logger = pino({ level: settings.logLevel }, pino.destination({ dest: 2, sync: true }));
  const door = await listen(settings, logger);
  const { home, started } = await startWhenPossible(settings, logger);
  if (started.cloud !== undefined) door.measure(started.cloud.meter);
  door.open(doorway(settings, home, started, logger), consoles(settings, started, logger));
  process.stdout.write(greeting({ settings, home, words: started.words, origin: door.origin }));
}

// Nothing that was acknowledged is lost meanwhile, and nobody has to come back to start it again.
async function startWhenPossible(
  settings: Settings,
  logger: Logger,
): Promise<{ readonly home: Home; readonly started: Started }> {
  let keyIsNew: Home['keyIsNew'] = 'no';
  for (let told = ''; ; ) {
    try {
      const opened = await openHome(settings.home);
      // A key that an earlier try made has not been shown yet.
      if (opened.keyIsNew === 'yes') keyIsNew = 'yes';
      const home = { ...opened, keyIsNew };
      return { home, started: await start(settings, home, logger) };
    } catch (thrown) {
      const error = ensureError(thrown);
      const problem = temporaryProblem(error, settings);
      if (problem === undefined) throw error;
      if (problem !== told)
        process.stderr.write(`gdcloud: ${problem}. Trying again every ${RETRY_PAUSE / 1000} s.\n`);
      told = problem;
      await pause(RETRY_PAUSE);
    }
  }
}

async function start(settings: Settings, home: Home, logger: Logger): Promise<Started> {
  const secrets = secretsOf(settings, home);
  if (settings.roles.some((role) => role !== 'drivers'))
    return startCloud(settings, home, secrets, logger);
  return startDriverHosts(settings, home, secrets, await messages(settings), logger);
}

// Every process tells how it is; the API answers where it has that role.
function doorway(
  settings: Settings,
  home: Home,
  { cloud, metrics }: Started,
  logger: Logger,
): Listener {
  if (cloud === undefined) return healthOnly({ metrics });
  const ready = (): ReturnType<Cloud['health']> => cloud.health();
  if (!settings.roles.includes('api')) return healthOnly({ ready, metrics });
  const handle = api({
    types: cloud.types,
    resources: cloud.resources,
    contents: cloud.contents,
    feed: cloud.feed,
    logger,
    ready,
    metrics,
    tracer: cloud.tracer,
    meter: cloud.meter,
    markerKey: secretsOf(settings, home).markers,
    traffic: { rates: settings.rates },
    trustForwarded: settings.trustedProxies,
    credentialsInClear: settings.credentialsInClear,
    origins: settings.origins,
  });
  return (request, response) => void handle(request, response);
}

function consoles(
  { roles, origins, trustedProxies }: Settings,
  { cloud }: Started,
  logger: Logger,
): UpgradeListener | undefined {
  return cloud === undefined || !roles.includes('api')
    ? undefined
    : consoleGateway({
        consoles: cloud.consoles,
        origins,
        trustForwarded: trustedProxies,
        logger,
      });
}

function temporaryProblem(error: Error, settings: Settings): string | undefined {
  if (error instanceof PortUnavailable)
    return `${placeOf(settings.database)}: ${error.message}. ${error.remedy}`;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (!TEMPORARY.has(code)) return undefined;
  const reasons: Readonly<Record<string, string>> = {
    EROFS: 'is on a read-only file system',
    ENOSPC: 'is on a full disk',
    EDQUOT: 'is over its quota',
  };
  return `GDCLOUD_HOME ${settings.home} ${reasons[code] ?? `can't be used (${error.message})`}`;
}
