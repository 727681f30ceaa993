import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '@gdcloud/core';
import t from 'tap';
import { at } from '../served.js';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const ON_INSTALLATION = [
  'preinstall',
  'install',
  'postinstall',
  'prepublish',
  'prepare',
  'prepack',
];
const MOST_DEPENDENCIES = 10;

function read(path: string): JsonObject {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as JsonObject;
}

t.test('what is published runs nothing on installation, and brings little along (T40)', (t) => {
  const lock = read('package-lock.json');
  for (const name of readdirSync(join(ROOT, 'packages'))) {
    const manifest = read(`packages/${name}/package.json`);
    for (const script of ON_INSTALLATION)
      t.equal(at(manifest, 'scripts', script), undefined, `${name} runs no ${script}`);
    t.equal(at(manifest, 'publishConfig', 'provenance'), true, `${name} says where it is from`);
    t.ok(Array.isArray(at(manifest, 'files')), `${name} lists its files`);
    const dependencies = Object.entries(at(manifest, 'dependencies') ?? {});
    t.ok(dependencies.length <= MOST_DEPENDENCIES, `${name} needs ${dependencies.length} packages`);
    for (const [dependency, version] of dependencies) {
      t.match(version, /^[0-9]+\.[0-9]+\.[0-9]+/, `${name}: ${dependency} is one version`);
      const ours = dependency.startsWith('@gdcloud/');
      const locked =
        at(lock, 'packages', `packages/${name}/node_modules/${dependency}`) ??
        at(lock, 'packages', `node_modules/${dependency}`);
      if (!ours) t.match(at(locked, 'integrity'), /^sha512-/, `${dependency} is locked by content`);
    }
  }
  t.end();
});
