// Runs files of tests in one process, each after the one before has ended. Which ones, the environment says: tap names the
// folders of tests after all that is on the command line, so there only the first is named.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { root } from './workspace.mjs';

for (const file of JSON.parse(process.env.TESTS_TOGETHER)) {
  const ends = [];
  const note = (test) => ends.push(new Promise((resolve) => test.once('end', resolve)));
  t.comment(file);
  t.on('subtestAdd', note);
  await import(pathToFileURL(join(root, file)).href);
  await Promise.all(ends);
  t.off('subtestAdd', note);
  if (ends.length === 0) t.fail(`${file} has no test`);
}
