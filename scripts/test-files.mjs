// Runs test files as plain processes. tap's own runner loads what measures coverage into each process and all that they
// start, and maps each error to its line of TypeScript: with the hooks, more than half of the time of all tests.
import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { processesOf } from './test-processes.mjs';
import { root } from './workspace.mjs';

/** In seconds, as .taprc has it: a file of tests may take ten minutes, unless it says itself that it may take longer. */
const TIMEOUT = { prompt: 600, patient: 1_500 };
/** Nothing may take longer: what hangs in a loop hears no timer of its own. */
const LONGEST_MS = 1_500_000;
const SLOWEST = 20;

const TOGETHER = 'scripts/tests-together.mjs';
const SETUP = pathToFileURL(join(root, 'scripts/no-async-hooks.mjs')).href;

/**
 * Runs files in processes, up to `jobs` of them at once, in their order, and says what each had to say as it ends; the
 * slowest ones last. Those that are `patient` leave the cores to all others, and have longer. Resolves to 0 if all have
 * passed, otherwise to 1.
 */
export async function runFiles(files, { jobs, pace = 'prompt' }) {
  const left = processesOf(files);
  const times = [];
  let status = 0;
  await Promise.all(
    Array.from({ length: jobs }, async () => {
      for (let shared = left.shift(); shared !== undefined; shared = left.shift()) {
        const { name, passed, said, seconds } = await runProcess(shared, pace);
        if (!passed) status = 1;
        times.push({ name, seconds });
        await write(said);
      }
    }),
  );
  await write(slowest(times));
  return status;
}

async function runProcess(files, pace) {
  const [first, ...others] = files;
  const name = others.length === 0 ? first : `${first} and ${others.length} more`;
  const start = performance.now();
  const program = others.length === 0 ? files : [TOGETHER, first];
  const child = spawn(process.execPath, [`--import=${SETUP}`, ...program], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      TAP_TIMEOUT: String(TIMEOUT[pace]),
      ...(others.length === 0 ? {} : { TESTS_TOGETHER: JSON.stringify(files) }),
      PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
    },
  });
  if (pace === 'patient') setPriority(child.pid, constants.priority.PRIORITY_LOW);
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
      : `not ok - ${name} told no result and ended with ${ended}\n# { total: 1, fail: 1 }\n`;
  return { name, passed, seconds, said: `# ${name}, ${seconds.toFixed(1)} s\n${text}${lost}` };
}

function slowest(times) {
  if (times.length < SLOWEST) return '';
  const lines = times
    .toSorted((one, other) => other.seconds - one.seconds)
    .slice(0, SLOWEST)
    .map(({ name, seconds }) => `#   ${seconds.toFixed(1)} s ${name}\n`);
  return `# the slowest of ${times.length} processes\n${lines.join('')}`;
}

function write(text) {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
}
