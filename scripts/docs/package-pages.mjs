// The README of each package, and the one of the house, as pages of the site.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root } from '../workspace.mjs';

/** Where the site has what lies outside of `docs/`, by path from the root. */
export function pageOf(path) {
  if (path === 'README.md') return 'docs/reference/readme.md';
  const [, name] = /^packages\/([a-z-]+)(?:\/README\.md)?$/.exec(path) ?? [];
  if (name === undefined || !existsSync(join(root, 'packages', name, 'README.md')))
    return undefined;
  return `docs/reference/packages/${name}.md`;
}

/** Their texts by page. Links are as they would be if the page were where its source is. */
export function packagePages() {
  const names = readdirSync(join(root, 'packages'));
  const sources = ['README.md', ...names.map((name) => `packages/${name}/README.md`)];
  return new Map(
    sources
      .filter((source) => existsSync(join(root, source)))
      .map((source) => [pageOf(source), moved(source, pageOf(source))]),
  );
}

function moved(source, page) {
  const text = readFileSync(join(root, source), 'utf8');
  return text.replaceAll(/\]\((?!https?:|#)([^)\s#]+)/g, (_, target) => {
    const path = join(dirname(source), target);
    return `](${relative(dirname(page), pageOf(path) ?? path)}`;
  });
}
