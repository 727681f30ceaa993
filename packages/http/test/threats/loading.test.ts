import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

function sources(): readonly (readonly [string, string])[] {
  return readdirSync(join(ROOT, 'packages'))
    .map((name) => `packages/${name}/src`)
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        // What is generated names methods of a pool's, which are called as they are.
        .filter((file) => file.endsWith('.ts') && !file.endsWith('.generated.ts'))
        .map(
          (file) => [`${folder}/${file}`, readFileSync(join(ROOT, folder, file), 'utf8')] as const,
        ),
    );
}

t.test('no package loads code by a name that is not written in it (T41)', async (t) => {
  const all = sources();
  t.ok(all.length > 500, `${all.length} files`);
  const loads = /\bimport\(\s*(?!['"])|\brequire\(\s*(?!['"])|\beval\(|\bnew Function\(|node:vm/;
  const found = all.filter(([, source]) => loads.test(withoutComments(source)));
  t.same(
    found.map(([file]) => file),
    [],
    'plug-ins are handed over by the host application, never looked for',
  );
});

t.test(
  'nothing is fetched but by the driver that imports images, and its guard (T16)',
  async (t) => {
    const fetches =
      /\b(await|return|=)\s+fetch\b|globalThis\.fetch|from 'node:https?'|from 'undici'|\bhttps?\.(request|get)\(/;
    const found = sources()
      .filter(([, source]) => fetches.test(withoutComments(source)))
      .map(([file]) => file.split('/').slice(0, 4).join('/'));
    t.same([...new Set(found)].sort(), ALLOWED, 'who speaks HTTP to others, or takes it');
  },
);

/** Who speaks HTTP, and to whom. */
const ALLOWED: readonly string[] = [
  // From where an administrator says, to public addresses only: its own tests have the spellings that lead inside.
  'packages/driver-nfs-vhd/src/import',
  // To the pool that the operator configured.
  'packages/driver-xenserver/src/client',
  // A pool for tests: it only listens.
  'packages/driver-xenserver/src/simulator',
  // What callers run on their own machines.
  'packages/http/src/client',
  // These only take what comes.
  'packages/http/src/hono',
  'packages/http/src/server',
];

function withoutComments(source: string): string {
  return source
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/(^|\s)\/\/.*$/gm, '')
    .replaceAll(/import type [\s\S]*? from '[^']*';/g, '');
}
