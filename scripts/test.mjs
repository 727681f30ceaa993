// `npm test`: sets up what is missing, then runs every test. Arguments are handed to tap: file names, --grep.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { prepareServices } from './test-services.mjs';
import { build, checkNode, install, root } from './workspace.mjs';

checkNode();
install();
prepareServices();
build();

const wanted = process.argv.slice(2);
const coverage = wanted.includes('--coverage');
const rest = wanted.filter((argument) => argument !== '--coverage');
const tap = join(root, 'node_modules/tap/dist/esm/run.mjs');
const { status } = spawnSync(
  process.execPath,
  [tap, ...(coverage ? [] : ['--disable-coverage']), ...rest],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  },
);
process.exit(status ?? 1);
