// `npm test`: sets up what is missing, then runs every test. Arguments are handed to tap: file names, --grep.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { prepareServices } from './test-services.mjs';
import { build, checkNode, install, root } from './workspace.mjs';

const SOAK = 'packages/core/dist-test/testing/cloud-simulation/swarm.soak.js';

checkNode();
install();
prepareServices();
build();

const wanted = process.argv.slice(2);
const coverage = wanted.includes('--coverage');
const rest = wanted.filter((argument) => argument !== '--coverage');
const tap = join(root, 'node_modules/tap/dist/esm/run.mjs');
const tests = run([...(coverage ? [] : ['--disable-coverage']), ...rest]);
// Alone and last: it takes all cores for two minutes, and tests that watch the clock would fail beside it.
const soak = rest.length === 0 && !coverage ? run(['--disable-coverage', SOAK]) : 0;
process.exit(tests === 0 ? soak : tests);

function run(parameters) {
  const { status } = spawnSync(process.execPath, [tap, ...parameters], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  });
  return status ?? 1;
}
