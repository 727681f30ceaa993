import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { readSettings } from '../dist/settings.js';
import { everyMetric } from './support/every-metric.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const METRIC = /\bgdcloud_[a-z_]+[a-z]/g;
const VARIABLE = /^[A-Z][A-Z0-9_]+$/;

const text = (document: string): Promise<string> => readFile(join(ROOT, document), 'utf8');

/** What stands in `code` in the first cells of a document's tables. */
function firstCells(document: string): readonly string[] {
  return [...document.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
  );
}

t.test('the settings of docs/operations.md are those that are read, all of them', async (t) => {
  const read = new Set<string>();
  const enough: Readonly<Record<string, string>> = { ZOOKEEPER_CONNECT: 'z:2181' };
  readSettings(
    new Proxy(enough, {
      get: (target, name) => {
        read.add(String(name));
        return target[String(name)];
      },
    }),
  );
  const told = firstCells(await text('docs/operations.md')).filter((code) => VARIABLE.test(code));
  t.same([...told].toSorted(), [...read].toSorted());
  const short = firstCells(await text('README.md')).filter((code) => VARIABLE.test(code));
  t.same(
    short.filter((name) => !read.has(name)),
    [],
    'README.md names some of them',
  );
});

t.test('metrics that documents name are there, and all that are there are told of', async (t) => {
  const names = (await everyMetric()).map(({ name }) => name);
  t.ok(names.length > 20, `${names.length} metrics`);
  for (const document of ['docs/operations.md', 'docs/observability.md']) {
    const named = [...(await text(document)).matchAll(METRIC)].map(([name]) => name);
    const unknown = named.filter(
      (name) => !names.includes(name) && !names.includes(name.replace(/_(bucket|count|sum)$/, '')),
    );
    t.same(unknown, [], document);
  }
  const told = firstCells(await text('docs/observability.md'));
  t.same(
    names.filter((name) => !told.includes(name)),
    [],
    'each has a row in docs/observability.md',
  );
});

t.test('alarms ask for labels that their metrics have', async (t) => {
  const rows = new Map(
    [
      ...(await text('docs/observability.md')).matchAll(/^\| `(gdcloud_\w+)`[^|]*\|([^|]*)\|/gm),
    ].map(([, name = '', labels = '']) => [name, labels]),
  );
  const asked = [...(await text('docs/operations.md')).matchAll(/\b(gdcloud_\w+)\{([^}]*)\}/g)];
  t.ok(asked.length > 5, `${asked.length} selections`);
  for (const [selection, name = '', labels = ''] of asked) {
    const known = rows.get(name.replace(/_(bucket|count|sum)$/, '')) ?? '';
    for (const [, label = ''] of labels.matchAll(/(\w+)[=!]~?"/g))
      t.ok(label === 'le' || known.includes(`\`${label}\``), `${label} of ${selection}`);
  }
});

t.test('links between documents lead somewhere', async (t) => {
  const documents = [
    'README.md',
    ...(await readdir(join(ROOT, 'docs'))).map((one) => `docs/${one}`),
  ];
  for (const document of documents.filter((one) => one.endsWith('.md'))) {
    for (const [, link = ''] of (await text(document)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? document : join(dirname(document), path);
      const found =
        path.endsWith('.md') || path === '' ? await text(target) : await stat(join(ROOT, target));
      if (anchor === undefined || typeof found !== 'string') continue;
      const anchors = [...found.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replaceAll(/[^\w\- ]/g, '')
          .replaceAll(' ', '-'),
      );
      t.ok(anchors.includes(anchor), `${document}: ${link}`);
    }
  }
});
