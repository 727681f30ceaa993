// `npm test`: sets up what is missing, then runs every test. Arguments are handed to tap: file names, --grep.
import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { prepareServices } from './test-services.mjs';
import { build, checkNode, install, removeStaleTests, root } from './workspace.mjs';

/** Clouds of many processes and their servers, which watch the clock: they run alone, after all other tests. */
const CLUSTERS = [
  'examples/server/dist-test/roles.soak.js',
  'examples/server/dist-test/cluster.soak.js',
];
/** Thousands of clouds, by clocks of their own: they want all cores, and may be slow. */
const SWARM = 'packages/core/dist-test/testing/cloud-simulation/swarm.soak.js';

checkNode();
install();
prepareServices();
build();
removeStaleTests();

const wanted = process.argv.slice(2);
const coverage = wanted.includes('--coverage');
const rest = wanted.filter((argument) => argument !== '--coverage');
const tests = await run([...(coverage ? [] : ['--disable-coverage']), ...rest]);
const soaks = rest.length === 0 && !coverage ? await soak() : [];
process.exit([tests, ...soaks].find((status) => status !== 0) ?? 0);

/** A cluster waits for most of its time: the swarm gets what it leaves of the cores, and no more. */
async function soak() {
  const swarm = runBehind(SWARM);
  const statuses = [];
  for (const cluster of CLUSTERS) statuses.push(await run(['--disable-coverage', cluster]));
  return [...statuses, await swarm];
}

function run(parameters) {
  return new Promise((resolve) => {
    const tap = join(root, 'node_modules/tap/dist/esm/run.mjs');
    start([tap, ...parameters], 'inherit').once('close', (status) => resolve(status ?? 1));
  });
}

/**
 * Runs one test file at the lowest priority, and says what it has to say at the end: two reports at once can't be read.
 * Without a runner: two of them in one folder would clear away each other's notes.
 */
function runBehind(file) {
  return new Promise((resolve) => {
    const child = start([file], 'pipe');
    setPriority(child.pid, constants.priority.PRIORITY_LOW);
    const said = [];
    child.stdout.on('data', (piece) => said.push(piece));
    child.stderr.on('data', (piece) => said.push(piece));
    child.once('close', (status) => {
      process.stdout.write(Buffer.concat(said), () => resolve(status ?? 1));
    });
  });
}

function start(parameters, output) {
  return spawn(process.execPath, parameters, {
    cwd: root,
    stdio: ['inherit', output, output],
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  });
}
