import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { SELDOM, withFleet } from './fleet.js';
import { cloudTarget } from './host/cloud-target.js';
import { runLoad, type Target } from './load/load.js';
import { startNullHost, withFolder } from './measure.js';
import type { ServerProcess } from './process/server-process.js';
import { hottest } from './profile-summary.js';

const HELP = `Usage: npm run bench -- profile [options]

Samples what gdcloud's process does while servers start, and lists the functions that
took most time themselves.

  --drivers WHICH      memory (default), or all: the real ones on a simulated pool
  --servers N          servers started while sampling (default 2000)
  --clients N          clients at a time (default 10)
  --warm-up N          servers started before that (default 1000)
  --synchronous LEVEL  full or normal (default normal: less of the disk, more of us)
  --top N              how many functions to list (default 25)
  --folder DIR         where the database is put
  --out FILE           keep the profile, for Chrome's developer tools
  --help               show this
`;

const { values } = parseArgs({
  options: {
    drivers: { type: 'string', default: 'memory' },
    servers: { type: 'string', default: '2000' },
    clients: { type: 'string', default: '10' },
    'warm-up': { type: 'string', default: '1000' },
    synchronous: { type: 'string', default: 'normal' },
    top: { type: 'string', default: '25' },
    folder: { type: 'string', default: tmpdir() },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else if (values.drivers === 'all') await withFleet(values.folder, sample);
else await withFolder(values.folder, sampleNull);

async function sampleNull(folder: string): Promise<void> {
  const host = await startNullHost(folder, values.synchronous);
  try {
    await sample(host, await cloudTarget(host.port));
  } finally {
    await host[Symbol.asyncDispose]();
  }
}

async function sample(host: ServerProcess, target: Target): Promise<void> {
  const clients = Number(values.clients);
  const servers = Number(values.servers);
  await runLoad(target, { clients, servers: Number(values['warm-up']) });
  await host.startProfile();
  const looks = values.drivers === 'all' ? SELDOM : undefined;
  const { seconds } = await runLoad(target, { clients, servers, looks });
  const profile = await host.endProfile();
  if (values.out !== undefined) await writeFile(values.out, profile);
  process.stdout.write(`${(servers / seconds).toFixed(0)} servers/s while sampling\n`);
  for (const { place, ms, share } of hottest(profile, Number(values.top))) {
    const percent = `${(share * 100).toFixed(1)} %`.padStart(7);
    process.stdout.write(`${percent} ${(ms / servers).toFixed(3)} ms/server  ${place}\n`);
  }
}
