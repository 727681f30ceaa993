// Debian kernels for the small machines of the tests: downloaded, unpacked, never installed.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

process.env.PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

/** Where what was once prepared for tests is kept. */
export const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'gdcloud');

/**
 * Unpacks the kernel that one of `packages` stands for, the first whose version begins with `series`: its image and a
 * root that has its modules. Throws where apt knows none.
 */
export function unpackKernel(work, packages, series = '') {
  const name = packages.map(kernelOf).find((found) => found?.startsWith(`linux-image-${series}`));
  if (name === undefined) throw new Error(`apt knows no ${series} kernel: ${packages.join(', ')}`);
  // The last is standard error's: standard output belongs to whoever asks where the kernel is.
  const options = { cwd: work, stdio: ['ignore', 2, 2] };
  execFileSync('apt-get', ['-qq', '-o', 'APT::Sandbox::User=root', 'download', name], options);
  const file = readdirSync(work).find((entry) => entry.endsWith('.deb'));
  const root = join(work, 'root');
  execFileSync('dpkg', ['-x', join(work, file), root]);
  const version = readdirSync(join(root, 'lib/modules'))[0];
  execFileSync('depmod', ['-b', root, version]);
  return { root, version, image: join(root, 'boot', `vmlinuz-${version}`) };
}

function kernelOf(meta) {
  try {
    const words = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
    return /Depends: (linux-image-\S+)/.exec(
      execFileSync('apt-cache', ['depends', meta], words),
    )?.[1];
  } catch {
    return undefined;
  }
}

/** Copies modules and what they need into `mods`; their names in the order in which they have to be loaded. */
export function copyModules(tree, { root, version }, names) {
  mkdirSync(join(tree, 'mods'), { recursive: true });
  const wanted = names.flatMap((name) => {
    try {
      const words = ['-d', root, '-S', version, '--show-depends', name];
      const lines = execFileSync('modprobe', words, {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      return lines.split('\n').filter((line) => line.startsWith('insmod'));
    } catch {
      return []; // built in
    }
  });
  const files = [...new Set(wanted.map((line) => line.split(' ')[1]))];
  return files.map((file) => {
    const name = basename(file).replace(/\.xz$/, '');
    const reader = file.endsWith('.xz') ? `xz -dc '${file}'` : `cat '${file}'`;
    execFileSync('sh', ['-c', `${reader} >'${join(tree, 'mods', name)}'`]);
    return name;
  });
}

/** Packs a tree as the kernel reads it. */
export function packTree(tree, packed) {
  const line = `cd '${tree}' && find . | cpio -o -H newc --quiet | gzip -1 >'${packed}'`;
  execFileSync('sh', ['-c', line]);
}
