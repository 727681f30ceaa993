// `npm test`: sets up what is missing, then runs every test. Arguments are handed to tap: file names, --grep.
import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { runFiles } from './test-files.mjs';
import { prepareServices } from './test-services.mjs';
import { build, checkNode, compiledTests, install, removeStaleTests, root } from './workspace.mjs';

/** Clouds of many processes and their servers, which watch the clock: they run alone, after all other tests. */
const CLUSTERS = [
  'examples/server/dist-test/roles.soak.js',
  'examples/server/dist-test/cluster.soak.js',
];
/** Thousands of clouds, by clocks of their own: they want all cores, and may be slow. */
const SWARM = 'packages/core/dist-test/testing/cloud-simulation/swarm.soak.js';
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
  const tests = await runFiles(compiledTests(), { jobs: JOBS });
  // A cluster waits for most of its time: the swarm gets what it leaves of the cores, and no more.
  const [swarm, clusters] = await Promise.all([
    runFiles([SWARM], { jobs: 1, begun: stepBack }),
    runFiles(CLUSTERS, { jobs: 1 }),
  ]);
  return Math.max(tests, swarm, clusters);
}

function stepBack(child) {
  setPriority(child.pid, constants.priority.PRIORITY_LOW);
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
