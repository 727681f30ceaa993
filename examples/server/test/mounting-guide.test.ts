import { readFile } from 'node:fs/promises';
import t from 'tap';

const ROOT = new URL('../../../', import.meta.url);
const EXAMPLES = ['express', 'fastify', 'koa', 'hono', 'http2'];
/** A program under a sentence that says which example it comes from. */
const SHOWN = /\]\(\.\.\/(examples\/\w+\/src\/main\.ts)\)[^`#]*```ts\n(.*?)\n```/gs;

t.test('what docs/mounting.md shows of the examples is what they are', async (t) => {
  const document = await readFile(new URL('docs/mounting.md', ROOT), 'utf8');
  const shown = [...document.matchAll(SHOWN)].map(([, file = '', text = '']) => ({ file, text }));
  const files = shown.map(({ file }) => file).sort();
  t.same(files, EXAMPLES.map((name) => `examples/${name}/src/main.ts`).sort());
  for (const { file, text } of shown) {
    const source = await readFile(new URL(file, ROOT), 'utf8');
    t.ok(text.length > 100 && source.includes(text), file);
  }
});
