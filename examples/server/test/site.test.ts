import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { faultsOf } from '../../../scripts/docs/check-site.mjs';
import { ownFolder } from './support/own-folder.js';

const GUIDE = '<h2 id="first-steps">First steps</h2>';

async function site(t: Test, pages: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const folder = ownFolder(t);
  for (const [file, text] of Object.entries(pages)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  return faultsOf(folder);
}

t.test('links to pages, headings and files that are there are no faults', async (t) => {
  const index =
    '<link rel="stylesheet" href="/style.css"><img src="/a.png"><a href="/guide#first-steps">' +
    '<a href="./guide"><a href="/reference/"><a href="#top"><i id="top"></i><a href="https://example.com/">';
  const faults = await site(t, {
    'index.html': index,
    'guide.html': GUIDE,
    'reference/index.html': '<a href="../guide#first-steps"><a href="./errors"><a href="/">',
    'reference/errors.html': '<a href="./"><a href="../a.png">',
    'style.css': 'a { background: url(/a.png) }',
    'a.png': '',
  });
  t.same(faults, []);
});

t.test('a link that leads nowhere is a fault, and one to a heading that is missing', async (t) => {
  const faults = await site(t, {
    'index.html': '<a href="/gone"><a href="/guide#second-steps"><a href="#nothing">',
    'guide.html': GUIDE,
  });
  t.same(faults, [
    '/: /gone leads nowhere',
    '/: /guide#second-steps: there is no such heading',
    '/: #nothing: there is no such heading',
  ]);
});

t.test(
  'whatever is fetched from elsewhere, or is not there to be fetched, is a fault',
  async (t) => {
    const faults = await site(t, {
      'index.html': '<script src="https://cdn.example/x.js"></script><img src="/gone.png">',
      'style.css': '@font-face { src: url("https://fonts.example/inter.woff2") }',
    });
    t.same(faults, [
      '/: fetches https://cdn.example/x.js',
      '/: fetches /gone.png',
      'style.css: fetches https://fonts.example/inter.woff2',
    ]);
  },
);
