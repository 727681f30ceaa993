// npm run bench [-- <bench> [options]]: builds what the benchmark needs and runs it.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BENCHES = {
  provisioning: 'starts servers and compares with a floor prototype (default)',
  profile: 'lists the functions that take most time while servers start',
};

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const given = process.argv.slice(2);
const named = given[0] !== undefined && !given[0].startsWith('-');
const name = named ? given[0] : 'provisioning';
const rest = named ? given.slice(1) : given;

const list = Object.entries(BENCHES)
  .map(([bench, what]) => `  ${bench.padEnd(14)}${what}\n`)
  .join('');

if (name === 'list') {
  process.stdout.write(`npm run bench -- <bench> [--help]\n\n${list}`);
} else if (!Object.hasOwn(BENCHES, name)) {
  process.stderr.write(`there is no benchmark ${name}; there are:\n${list}`);
  process.exitCode = 2;
} else {
  // The compiler talks to stderr, so that a report on stdout stays alone there.
  const build = run(
    join(root, 'node_modules/@typescript/native/bin/tsc'),
    ['-b', 'bench'],
    [0, 2, 2],
  );
  process.exitCode =
    build === 0 ? run(join(root, 'bench/dist', `${name}.js`), rest, 'inherit') : build;
}

function run(file, parameters, stdio) {
  const { status } = spawnSync(process.execPath, [file, ...parameters], { cwd: root, stdio });
  return status ?? 1;
}
