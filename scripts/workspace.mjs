// What `npm start`, `npm test` and the benches need before anything of ours can run: dependencies and a build.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Says on standard error what is being done: standard output belongs to the program that is started. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Runs a command and ends this process with its exit code when it fails. Its own output goes to standard error. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options });
  if (result.error !== undefined) {
    say(`${command}: ${result.error.message}`);
    process.exit(1);
  }
  if (result.status !== 0) {
    say(`${command} ${args.join(' ')} failed`);
    process.exit(result.status ?? 1);
  }
}

/** Stops with a clear message on a Node that is too old. */
export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  say(`Node.js 20.19 or later is needed; this is ${process.version}`);
  process.exit(1);
}

/** Installs dependencies where they are missing or older than the lock file. */
export function install() {
  const installed = join(root, 'node_modules/.package-lock.json');
  const locked = join(root, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(locked).mtimeMs) return;
  say('gdcloud: installing dependencies (once, about a minute)');
  run('npm', ['ci', '--no-audit', '--no-fund']);
}

/** Compiles what has changed, and packs the pages. */
export function build(...projects) {
  if (!existsSync(join(root, 'packages/core/dist'))) say('gdcloud: building (once, a few seconds)');
  run(process.execPath, [join(root, 'node_modules/@typescript/native/bin/tsc'), '-b', ...projects]);
  run(process.execPath, [join(root, 'scripts/bundle-ui.mjs')]);
}

/** Removes compiled tests whose source has gone or has another name now: the compiler leaves them, and they would run. */
export function removeStaleTests() {
  for (const file of compiledTests()) {
    const source = file.replace(/\/dist-test\//, '/test/').replace(/\.js$/, '.ts');
    if (!existsSync(join(root, source))) rmSync(join(root, file));
  }
}

/** The compiled test files of all packages and examples, from the root, in the order of their names. */
export function compiledTests() {
  const rooms = ['packages', 'examples'].flatMap((floor) =>
    readdirSync(join(root, floor)).map((name) => `${floor}/${name}`),
  );
  return [...rooms, 'bench'].sort().flatMap((room) => {
    const compiled = join(root, room, 'dist-test');
    if (!existsSync(compiled)) return [];
    return readdirSync(compiled, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.js'))
      .map((file) => `${room}/dist-test/${file}`)
      .sort();
  });
}
