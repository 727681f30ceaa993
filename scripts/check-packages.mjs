// `npm run packages`: what would be published is what users get, with types that resolve.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, checkNode, install, root, run } from './workspace.mjs';

checkNode();
install();
build();
for (const name of readdirSync(join(root, 'packages'))) {
  const folder = join('packages', name);
  run('npx', ['publint', '--strict', folder]);
  run('npx', ['attw', '--pack', folder, '--profile', 'esm-only', '--quiet']);
}
