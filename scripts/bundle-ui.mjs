// Packs the browser's side of @gdcloud/http, which `tsc -b` has compiled, into few small files under `dist/ui`.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { root, say } from './workspace.mjs';

const HTTP = join(root, 'packages/http');
const TARGET = join(HTTP, 'dist/ui');
const MANIFEST = join(TARGET, 'manifest.json');
/** All that pages know of the core: what the API says of its errors. */
const ERRORS = join(root, 'packages/core/dist/model/error-catalogue.js');
/** Whatever of these changes makes other files. */
const FOLDERS = ['ui', 'src/client', 'src/texts'].map((folder) => join(HTTP, folder));
const FILES = [
  ERRORS,
  join(HTTP, 'src/response/wire-fault.ts'),
  join(root, 'package-lock.json'),
  import.meta.filename,
];

/** The pages, each with its script and its style. What the panel rarely needs is in files of its own; the API's pages load one. */
const PAGES = {
  panel: { entry: 'panel/panel', splitting: true },
  apiPage: { entry: 'api-page/api-page', splitting: false },
};

/** Packs anew where something is newer than what was packed last. */
export async function bundleUi() {
  const files = [...FOLDERS.flatMap(filesUnder), ...FILES];
  const newest = Math.max(...files.map((file) => statSync(file).mtimeMs));
  if (existsSync(MANIFEST) && statSync(MANIFEST).mtimeMs >= newest) return;
  const { build } = await import('esbuild');
  rmSync(TARGET, { recursive: true, force: true });
  mkdirSync(TARGET, { recursive: true });
  const pages = {};
  let count = 0;
  for (const [name, { entry, splitting }] of Object.entries(PAGES)) {
    const { metafile } = await build({
      absWorkingDir: HTTP,
      entryPoints: [`ui/${entry}.tsx`, `ui/${entry}.css`],
      bundle: true,
      minify: true,
      splitting,
      alias: { '@gdcloud/core': ERRORS },
      format: 'esm',
      target: ['chrome110', 'firefox115', 'safari16.4'],
      tsconfig: 'ui/tsconfig.json',
      entryNames: '[name]-[hash]',
      chunkNames: 'part-[hash]',
      outdir: 'dist/ui',
      metafile: true,
      logLevel: 'warning',
      legalComments: 'eof',
    });
    const outputs = Object.entries(metafile.outputs);
    const made = (file) =>
      basename(outputs.find(([, { entryPoint }]) => entryPoint === `ui/${file}`)[0]);
    pages[name] = { script: made(`${entry}.tsx`), style: made(`${entry}.css`) };
    count += outputs.length;
  }
  for (const name of readdirSync(TARGET)) {
    const file = join(TARGET, name);
    writeFileSync(`${file}.br`, brotliCompressSync(readFileSync(file)));
  }
  writeFileSync(MANIFEST, `${JSON.stringify(pages, null, 2)}\n`);
  say(`gdcloud: packed the pages (${count} files)`);
}

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile());
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await bundleUi();
