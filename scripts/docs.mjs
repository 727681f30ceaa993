// `npm run docs`: the site, into docs/.vitepress/dist, and what is wrong with it. `npm run docs:dev`: the site as it is written.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build, checkNode, install, root, run, say } from './workspace.mjs';

const SITE = 'docs/.vitepress/dist';
const [mode = 'build'] = process.argv.slice(2);

checkNode();
install();
build();

const { writeReference } = await import('./docs/reference.mjs');
await writeReference();

const vitepress = join(root, 'node_modules/vitepress/bin/vitepress.js');
if (mode === 'dev') {
  const { status } = spawnSync(process.execPath, [vitepress, 'dev', 'docs'], {
    cwd: root,
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}

run(process.execPath, [vitepress, 'build', 'docs']);
const { faultsOf } = await import('./docs/check-site.mjs');
const faults = faultsOf(join(root, SITE));
for (const fault of faults) say(fault);
say(faults.length === 0 ? `docs: ${SITE}` : `docs: ${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
