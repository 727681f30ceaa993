// `npm run packages`: what would be published is what users get, with types that resolve.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { build, checkNode, install, root, say } from './workspace.mjs';

checkNode();
install();
build();

const left = readdirSync(join(root, 'packages'));
const broken = [];
await Promise.all(Array.from({ length: availableParallelism() }, checkWhatIsLeft));
for (const command of broken) say(`${command} failed`);
process.exit(broken.length === 0 ? 0 : 1);

// Each tool uses one core.
async function checkWhatIsLeft() {
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    const folder = join('packages', name);
    await check('publint', '--strict', folder);
    await check('attw', '--pack', folder, '--profile', 'esm-only', '--quiet');
  }
}

async function check(...command) {
  const child = spawn('npx', command, { cwd: root, stdio: ['ignore', 2, 2] });
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status !== 0) broken.push(command.join(' '));
}
