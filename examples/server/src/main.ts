import { setTimeout as pause } from 'node:timers/promises';
import { ensureError, type Logger, PortUnavailable } from '@gdcloud/core';
import { api } from '@gdcloud/http';
import { pino } from 'pino';
import { type StartedCloud, startCloud } from './cloud.js';
import { greeting } from './greeting.js';
import { type Home, openHome } from './home.js';
import { listen } from './listen.js';
import { InvalidSetting, readSettings, type Settings } from './settings.js';

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

interface Started extends StartedCloud {
  readonly home: Home;
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
  const door = await listen(settings.host, settings.port);
  const started = await startWhenPossible(settings, logger);
  const { cloud, home } = started;
  const handle = api({
    types: cloud.types,
    resources: cloud.resources,
    logger,
    tracer: cloud.tracer,
    meter: cloud.meter,
    metrics: started.metrics,
    ready: () => cloud.health(),
    markerKey: home.pepper,
  });
  door.open((request, response) => void handle(request, response));
  const text = greeting({ settings, home, compute: started.compute, address: door.address });
  process.stdout.write(text);
}

// Nothing that was acknowledged is lost meanwhile, and nobody has to come back to start it again.
async function startWhenPossible(settings: Settings, logger: Logger): Promise<Started> {
  let keyIsNew: Home['keyIsNew'] = 'no';
  for (let told = ''; ; ) {
    try {
      const opened = await openHome(settings.home);
      // A key that an earlier try made has not been shown yet.
      if (opened.keyIsNew === 'yes') keyIsNew = 'yes';
      const home = { ...opened, keyIsNew };
      return { ...(await startCloud(settings, home, logger)), home };
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

function temporaryProblem(error: Error, settings: Settings): string | undefined {
  if (error instanceof PortUnavailable)
    return `${settings.database}: ${error.message}. ${error.remedy}`;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (!TEMPORARY.has(code)) return undefined;
  const reasons: Readonly<Record<string, string>> = {
    EROFS: 'is on a read-only file system',
    ENOSPC: 'is on a full disk',
    EDQUOT: 'is over its quota',
  };
  return `GDCLOUD_HOME ${settings.home} ${reasons[code] ?? `can't be used (${error.message})`}`;
}
