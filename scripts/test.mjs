// `npm test`: sets up what is missing, then runs every test. Arguments are handed to tap: file names, --grep.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { runFiles } from './test-files.mjs';
import { prepareServices } from './test-services.mjs';
import { byTurns, seedsByTurn } from './tests-by-turns.mjs';
import { build, checkNode, compiledTests, install, removeStaleTests, root } from './workspace.mjs';

/**
 * What real processes, networks and pages must do within a time that people would notice: all others that are prompt are
 * over when these run, one after the other.
 */
const BY_THE_CLOCK = [
  'packages/driver-vlan/dist-test/high-availability/lease-pair.test.js',
  'packages/driver-vlan/dist-test/high-availability/vrrp-pair.test.js',
  'packages/driver-vlan/dist-test/open-vswitch/continuity.test.js',
  'packages/http/dist-test/browser/budgets.test.js',
  'packages/http/dist-test/browser/many-servers.test.js',
  // Clouds of many processes and their servers.
  'examples/server/dist-test/roles.soak.js',
  'examples/server/dist-test/cluster.soak.js',
];
/** Thousands of clouds, on as many threads as there are cores. */
const SWARM = 'packages/core/dist-test/testing/cloud-simulation/swarm.soak.js';
/**
 * Tests in which time passes by clocks of their own, and nothing is outside of their process: they never wait, and may be
 * slow. The others wait for servers, machines and clocks half of the time.
 */
const PATIENT = [
  /^packages\/core\/dist-test\/testing\/cloud-simulation\//,
  // Those that examine real pools talk to other processes.
  /^packages\/driver-xenserver\/dist-test\/conformance\/(?!real-pool)/,
];
/** As .taprc has it. */
const JOBS = 2;

checkNode();
install();
prepareServices();
build();
removeStaleTests();

const wanted = process.argv.slice(2);
process.exit(await (wanted.length === 0 ? runAll() : runTap(wanted)));

async function runAll() {
  const { now, later } = byTurns(compiledTests());
  for (const file of later)
    process.stdout.write(`# not the turn of ${file}: GDCLOUD_TESTS=all runs it, too\n`);
  process.env.GDCLOUD_SEEDS ??= seedsByTurn();
  process.stdout.write(`# clouds of the seeds ${process.env.GDCLOUD_SEEDS}\n`);
  const isPatient = (file) => PATIENT.some((files) => files.test(file));
  const inTime = async () => {
    const tests = await runFiles(
      now.filter((file) => !isPatient(file) && !BY_THE_CLOCK.includes(file)),
      { jobs: JOBS },
    );
    return Math.max(tests, await runFiles(BY_THE_CLOCK, { jobs: 1 }));
  };
  // Who can wait gets what the others leave of the cores, and no more; and both cores once these are done.
  const statuses = await Promise.all([
    inTime(),
    runFiles([...now.filter(isPatient), SWARM], { jobs: JOBS, pace: 'patient' }),
  ]);
  return Math.max(...statuses);
}

function runTap(parameters) {
  const coverage = parameters.includes('--coverage') ? [] : ['--disable-coverage'];
  const rest = parameters.filter((parameter) => parameter !== '--coverage');
  const tap = join(root, 'node_modules/tap/dist/esm/run.mjs');
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [tap, ...coverage, ...rest], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    });
    child.once('close', (status) => resolve(status ?? 1));
  });
}
