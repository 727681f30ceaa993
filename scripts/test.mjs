// `npm test`: sets up what is missing, then runs every test. Arguments are handed to tap: file names, --grep.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { prepareServices } from './test-services.mjs';
import { build, checkNode, install, root } from './workspace.mjs';

/** Those that take all cores: thousands of clouds, or a cloud of many processes and their servers. */
const SOAKS = [
  'packages/core/dist-test/testing/cloud-simulation/swarm.soak.js',
  'examples/server/dist-test/roles.soak.js',
  'examples/server/dist-test/cluster.soak.js',
];

checkNode();
install();
prepareServices();
build();

const wanted = process.argv.slice(2);
const coverage = wanted.includes('--coverage');
const rest = wanted.filter((argument) => argument !== '--coverage');
const tap = join(root, 'node_modules/tap/dist/esm/run.mjs');
const tests = run([...(coverage ? [] : ['--disable-coverage']), ...rest]);
// Alone and last, one after the other: tests that watch the clock would fail beside them.
const soaks = rest.length === 0 && !coverage ? SOAKS : [];
const endings = soaks.map((soak) => run(['--disable-coverage', soak]));
process.exit([tests, ...endings].find((status) => status !== 0) ?? 0);

function run(parameters) {
  const { status } = spawnSync(process.execPath, [tap, ...parameters], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  });
  return status ?? 1;
}
