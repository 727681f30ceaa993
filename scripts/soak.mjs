// npm run soak [-- options]: simulates clouds among faults and troubles, by the hundred thousand, or one seed again.
import { parseArgs } from 'node:util';
import { build, checkNode, install } from './workspace.mjs';

const HELP = `Usage: npm run soak -- [options]

Runs the unmodified kernel in a simulated world, seed after seed, and checks every invariant after every step.
Ends with exit code 1 when one was broken; each failure is one line with the seed that replays it.

  --runs N      how many seeds (default 1000000)
  --from N      the first seed (default: one that depends on the time, so that each soak explores anew)
  --workers N   how many threads (default: one a core)
  --seed N      run this seed only, and print what happened before its end
  --back N      with --seed: how many steps to print (default 60)
  --json        print one JSON object as the last thing
  --help        show this
`;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000000' },
    from: { type: 'string' },
    workers: { type: 'string' },
    seed: { type: 'string' },
    back: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(HELP);
} else {
  checkNode();
  install();
  build('packages/core');
  const testing = await import('@gdcloud/core/testing');
  process.exitCode =
    values.seed === undefined ? await soakAll(testing) : await replay(testing, whole('seed'));
}

async function soakAll({ soak }) {
  const count = whole('runs');
  const from = values.from === undefined ? Math.floor(Date.now() / 1000) * 1000 : whole('from');
  const begin = performance.now();
  process.stderr.write(`seeds ${from} to ${from + count - 1}\n`);
  let told = 0;
  let shown = begin;
  const report = await soak({
    from,
    count,
    workers: values.workers === undefined ? undefined : whole('workers'),
    onProgress: (soFar) => {
      for (const { line } of soFar.failures.slice(told)) process.stdout.write(`${line}\n`);
      told = soFar.failures.length;
      if (performance.now() - shown < 5_000) return;
      shown = performance.now();
      const perSecond = soFar.runs / ((shown - begin) / 1000);
      const left = Math.ceil((count - soFar.runs) / perSecond);
      process.stderr.write(
        `${soFar.runs} of ${count} runs, ${told} failed, ${Math.round(perSecond)} runs/s, ${left} s left\n`,
      );
    },
  });
  const seconds = (performance.now() - begin) / 1000;
  const { runs, steps, faults, failures, unlike, repeated } = report;
  const summary =
    `${runs} runs in ${seconds.toFixed(1)} s, ${Math.round(runs / seconds)} runs/s: ${steps} steps, ${faults} faults, ` +
    `${failures.length} broke an invariant; ${unlike.length} of ${repeated} did something else the second time\n`;
  process.stdout.write(values.json ? `${JSON.stringify({ from, seconds, ...report })}\n` : summary);
  return failures.length + unlike.length === 0 ? 0 : 1;
}

async function replay({ draw, failureLine, simulate }, seed) {
  const options = draw(seed);
  const report = await simulate({ ...options, trace: 'entries' });
  const { entries } = report.trace;
  const start = entries[0]?.at ?? 0;
  const { scenario, kernels, troubles } = options;
  process.stdout.write(`${scenario.name}, ${kernels} kernels\n`);
  for (const { at, trouble } of troubles)
    process.stdout.write(`trouble after ${at} ms: ${trouble}\n`);
  const line = ({ step, at, process: name, site, fault }) =>
    `${String(step).padStart(7)} ${String(at - start).padStart(9)} ms  ${name.padEnd(10)} ${site}${fault === undefined ? '' : `  <- ${fault}`}\n`;
  const last = entries.slice(-whole('back'));
  for (const entry of entries) {
    if (entry.fault !== undefined && !last.includes(entry)) process.stdout.write(line(entry));
  }
  process.stdout.write('  …\n');
  for (const entry of last) process.stdout.write(line(entry));
  process.stdout.write(`hash ${report.hash}\n${failureLine(report)}\n`);
  return report.violation === undefined ? 0 : 1;
}

function whole(name) {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 0) {
    process.stderr.write(`--${name} must be a whole number, not ${values[name]}\n`);
    process.exit(2);
  }
  return number;
}
