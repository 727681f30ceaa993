// The pages that are made: what is declared, what is exported, and what lies beside the packages.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createCloud } from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { memoryDrivers } from '@gdcloud/core/testing';
import { root } from '../workspace.mjs';
import { errorPage } from './error-page.mjs';
import { metricPage } from './metric-page.mjs';
import { packagePages } from './package-pages.mjs';
import { settingsPage } from './settings-page.mjs';
import { typePages } from './type-pages.mjs';

const FOLDER = 'docs/reference';

/** Writes all of them anew, and an index of them for the sidebar. */
export async function writeReference() {
  rmSync(join(root, FOLDER), { recursive: true, force: true });
  const { writeApiReference } = await import('./api-reference.mjs');
  const { doors, options } = await writeApiReference(
    join(root, FOLDER, 'api'),
    join(root, 'docs/.vitepress/cache/declarations'),
  );
  const types = typesOfCloud();
  for (const [path, text] of [...(await declaredPages(types, options)), ...packagePages()])
    write(path, text);
  const packages = [...packagePages().keys()].filter((path) => path.includes('/packages/'));
  write(
    `${FOLDER}/pages.json`,
    JSON.stringify({
      types: types.map(({ id }) => id),
      doors: doors.map(({ slug, title }) => ({ slug, title })),
      packages: packages.map((path) => path.replace(/.*\/|\.md$/g, '')),
    }),
  );
}

/** The pages that say what is declared, by path: resource types, errors, metrics, settings. */
export async function declaredPages(types, options) {
  return new Map([
    ...[...typePages(types)].map(([file, text]) => [`${FOLDER}/types/${file}`, text]),
    [`${FOLDER}/errors.md`, errorPage()],
    [`${FOLDER}/metrics.md`, await metricPage()],
    [`${FOLDER}/settings.md`, settingsPage(options)],
  ]);
}

/** The resource types of a cloud without plug-ins of others. */
export function typesOfCloud() {
  const { types } = createCloud({
    plugins: [sqlite({ file: ':memory:' }), memoryDrivers().plugin],
    pepper: new Uint8Array(16),
  });
  return types.all().toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

function write(path, text) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
