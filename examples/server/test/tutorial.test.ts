import { readFile } from 'node:fs/promises';
import t from 'tap';

t.test('the cloud of the tutorial has no more than fifteen lines', async (t) => {
  const tutorial = await readFile(new URL('../../../docs/tutorial.md', import.meta.url), 'utf8');
  const [, program = ''] = /^```ts\n(.*?)^```$/ms.exec(tutorial) ?? [];
  const lines = program.split('\n').filter((line) => line.trim() !== '');
  t.match(program, 'createCloud(', 'it is the first program that is shown');
  t.ok(lines.length <= 15, `${lines.length} lines`);
  t.ok(Math.max(...lines.map(({ length }) => length)) <= 130, 'and none is too long to be read');
});
