// npm run faults [-- options]: breaks a cluster of real processes and servers, heals it, and audits what is there.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { prepareServices } from './test-services.mjs';
import { build, checkNode, install, root } from './workspace.mjs';

checkNode();
install();
prepareServices();
build();
const { status } = spawnSync(
  process.execPath,
  [join(root, 'examples/server/dist-test/cluster/faults-run.js'), ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  },
);
process.exitCode = status ?? 1;
