// Runs test files as plain processes. tap's own runner loads what measures coverage into each process and all that they
// start, and maps each error to its line of TypeScript: with the hooks, more than half of the time of all tests.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './workspace.mjs';

/** As .taprc has it: a file of tests may take ten minutes, unless it says itself that it may take longer. */
const TIMEOUT_S = 600;
/** Nothing may take longer: what hangs in a loop hears no timer of its own. */
const LONGEST_MS = 1_500_000;
const SLOWEST = 20;

const SETUP = pathToFileURL(join(root, 'scripts/no-async-hooks.mjs')).href;

/**
 * Runs files at once, up to `jobs` of them, in their order, and says what each had to say as it ends; the slowest ones
 * last. Resolves to 0 if all have passed, otherwise to 1.
 */
export async function runFiles(files, { jobs, begun = () => undefined }) {
  const left = [...files];
  const times = [];
  let status = 0;
  await Promise.all(
    Array.from({ length: jobs }, async () => {
      for (let file = left.shift(); file !== undefined; file = left.shift()) {
        const { passed, said, seconds } = await runFile(file, begun);
        if (!passed) status = 1;
        times.push({ file, seconds });
        await write(said);
      }
    }),
  );
  await write(slowest(times));
  return status;
}

async function runFile(file, begun) {
  const start = performance.now();
  const child = spawn(process.execPath, [`--import=${SETUP}`, file], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      TAP_TIMEOUT: String(TIMEOUT_S),
      PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
    },
  });
  begun(child);
  const pieces = [];
  child.stdout.on('data', (piece) => pieces.push(piece));
  child.stderr.on('data', (piece) => pieces.push(piece));
  const limit = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
  const ended = await new Promise((resolve) => {
    child.once('close', (status, signal) => resolve(signal ?? status));
  });
  clearTimeout(limit);
  const seconds = (performance.now() - start) / 1000;
  const text = Buffer.concat(pieces).toString();
  const told = /^# \{ total: \d+/m.test(text);
  const failed = /^# \{ total: .*\bfail: /m.test(text);
  const passed = ended === 0 && told && !failed;
  // Who dies has no time to count: it still is a failure, and one that is told apart.
  const lost =
    passed || failed
      ? ''
      : `not ok - ${file} told no result and ended with ${ended}\n# { total: 1, fail: 1 }\n`;
  return { passed, seconds, said: `# ${file}, ${seconds.toFixed(1)} s\n${text}${lost}` };
}

function slowest(times) {
  if (times.length < SLOWEST) return '';
  const lines = times
    .toSorted((one, other) => other.seconds - one.seconds)
    .slice(0, SLOWEST)
    .map(({ file, seconds }) => `#   ${seconds.toFixed(1)} s ${file}\n`);
  return `# the slowest of ${times.length} files\n${lines.join('')}`;
}

function write(text) {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
}
