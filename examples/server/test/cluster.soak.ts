import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { missingService } from '@gdcloud/services';
import t from 'tap';
import { FAULTS } from './cluster/faults.js';
import type { RunResult } from './cluster/run.js';
import type { ZombieResult } from './cluster/zombies.js';
import { ownFolder } from './support/own-folder.js';

const RUN = fileURLToPath(new URL('cluster/faults-run.js', import.meta.url));
/** In CI nothing is skipped: what is missing fails. */
const SKIP =
  process.env['CI'] === 'true' ? undefined : missingService('postgres', 'redis', 'zookeeper');
/** `GDCLOUD_SEED=… npm test` draws the same faults again. */
const SEED = process.env['GDCLOUD_SEED'] ?? String(Date.now() % 1_000_000);
/** Beyond the time that is broken: a start, the healing and the audit, on a loaded machine. */
const AROUND = 240_000;

t.setTimeout(600_000);

t.test(
  'broken everywhere for two minutes, a cluster keeps what it acknowledged',
  {
    skip: SKIP ?? false,
    timeout: 120_000 + AROUND,
  },
  async (t) => {
    const result = await run<RunResult>(t, ['--minutes', '2', '--verbose']);
    t.same(result.violations, [], 'nothing lost, leaked, doubled, stale or stuck');
    t.ok(result.acknowledged > 100, `${result.acknowledged} writes were acknowledged`);
    t.ok(result.takeovers > 0, `${result.takeovers} times another process went on`);
    if (process.getuid?.() === 0) t.same(result.skipped, [], 'root can break everything');
    for (const kind of FAULTS) {
      if (result.skipped.includes(kind)) t.comment(`${kind} needs root and private namespaces`);
      else t.ok((result.faults[kind] ?? 0) > 0, `${kind} × ${result.faults[kind]}`);
    }
  },
);

t.test(
  'processes that sleep past their session write nothing when they wake',
  {
    skip: SKIP ?? false,
    timeout: AROUND,
  },
  async (t) => {
    const result = await run<ZombieResult>(t, ['--zombies', '20']);
    t.same(result.violations, []);
    t.ok(result.pastSession > 0, `${result.pastSession} slept past their session`);
    t.ok(result.takeovers > 0, `${result.takeovers} times another process went on`);
  },
);

async function run<Result>(
  t: Parameters<typeof ownFolder>[0] & { comment(text: string): void },
  parameters: readonly string[],
): Promise<Result> {
  const file = join(ownFolder(t), 'result.json');
  const child = spawn(process.execPath, [RUN, '--seed', SEED, '--result', file, ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
  });
  t.teardown(async () => void child.kill('SIGTERM'));
  for (const output of [child.stdout, child.stderr])
    createInterface({ input: output }).on('line', (line) => t.comment(line));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code === 0 || code === 1) return JSON.parse(readFileSync(file, 'utf8')) as Result;
  throw new Error(`the harness ended with ${String(code)}; seed ${SEED}`);
}
