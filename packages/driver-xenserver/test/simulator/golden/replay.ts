import { playFiles } from './play-files.js';
import { recordings } from './scenario.js';

/**
 * `node replay.js [file…]` plays recordings, all when none is named, and prints each difference. It is a tool for working
 * on the simulator; the test is `golden.test.js`.
 */
const LONGEST = 1500;

const [, , ...named] = process.argv;
const scenarios = await playFiles(named.length === 0 ? recordings() : named, 'real');
let agreeing = 0;
let total = 0;
for (const { name, reports } of scenarios) {
  const good = reports.filter(({ differences }) => differences.length === 0).length;
  agreeing += good;
  total += reports.length;
  process.stdout.write(`${name}: ${good}/${reports.length}\n`);
  for (const { id, what, differences } of reports) {
    for (const difference of differences) {
      process.stdout.write(`  ${id} ${what} ${difference.slice(0, LONGEST)}\n`);
    }
  }
}
const share = total === 0 ? 0 : (100 * agreeing) / total;
process.stdout.write(`all: ${agreeing}/${total} (${share.toFixed(2)} %)\n`);
