import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import t from 'tap';

const CLIENT = fileURLToPath(new URL('../../dist/client', import.meta.url));

t.test('the client imports nothing but itself, and needs nothing that browsers lack', async (t) => {
  const files = (await readdir(CLIENT)).filter((name) => name.endsWith('.js'));
  t.ok(files.includes('index.js') && files.length > 8);
  for (const file of files) {
    const text = await readFile(join(CLIENT, file), 'utf8');
    for (const [, from = ''] of text.matchAll(/(?:import|export)[^;]*? from '([^']+)'/g))
      t.match(from, /^\.\/[a-z-]+\.js$/, `${file} imports ${from}`);
    t.notMatch(text, /\b(process|Buffer|require|__dirname|setImmediate)\b/, file);
  }
});

t.test('what it takes from where it runs is in every browser', async (t) => {
  const text = await readFile(join(CLIENT, 'surroundings.js'), 'utf8');
  const names = [...text.matchAll(/\bglobalThis\.(\w+)/g)].map(([, name]) => name);
  t.same([...new Set(names)].toSorted(), ['crypto', 'fetch']);
  t.equal(runInNewContext('1 + 1'), 2);
});
