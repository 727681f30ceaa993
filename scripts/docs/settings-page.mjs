// Settings: variables of the example server, options of what a program embeds.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../workspace.mjs';
import { page } from './markdown.mjs';

/** The page of settings; `options` leads to the interfaces of options by name. */
export function settingsPage(options) {
  return page(
    'Settings',
    '## Of the example server',
    'Variables of the environment of `npm start`. A test holds this table to those that are read.',
    variables(),
    '## Of a program that embeds',
    'Options have doc comments, with their defaults:',
    options.map(({ name, module, link }) => `* [\`${name}\`](${link}) of \`${module}\``).join('\n'),
  );
}

// operations.test.ts compares the rows with what settings.ts reads.
function variables() {
  const operations = readFileSync(join(root, 'docs/operations.md'), 'utf8');
  const found = /### Settings\n\n((?:\|[^\n]*\n)+)/.exec(operations);
  if (found === null) throw new Error('docs/operations.md has no table of settings');
  return found[1].replaceAll(/\]\((#|[a-z-]+\.md)/g, (_, target) =>
    target === '#' ? '](../operations.md#' : `](../${target}`,
  );
}
