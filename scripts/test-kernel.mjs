// The kernel of the small machine that tests the driver with a real NFS client. A Debian kernel is downloaded once and
// never installed; kept are its image and an initramfs with the few modules that are needed, about 12 MB.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = 'linux-image-amd64';
const MODULES = ['virtio_pci', 'virtio_net', '9pnet_virtio', '9p', 'nfsv3', 'nfsv4'];
const COMMANDS = 'sh mount mkdir cat grep insmod ip chroot poweroff'.split(' ');
process.env.PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
const folder = join(cache, 'gdcloud', 'test-kernel');
const kernel = { image: join(folder, 'vmlinuz'), initramfs: join(folder, 'initramfs.gz') };

/** The host's root, read-only over 9p, becomes the guest's, so node and mount.nfs are the host's own. */
const INIT = `#!/bin/sh
export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
for m in $(cat /mods/order); do insmod /mods/$m || echo "insmod failed: $m"; done
ip link set lo up; ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0; ip route add default via 10.0.2.2
mkdir -p /host
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,ro,cache=loose host /host || echo "9p mount failed"
mount -t tmpfs t /host/mnt
mount -t proc proc /host/proc; mount -t sysfs s /host/sys; mount -t devtmpfs d /host/dev; mount -t tmpfs t /host/run
script=$(grep -o 'script=[^ ]*' /proc/cmdline)
chroot /host /bin/sh "\${script#script=}"
poweroff -f
`;

/** Makes sure that the kernel is there and tells where. Throws where it can't be had. */
export function prepareKernel() {
  if (existsSync(kernel.image) && existsSync(kernel.initramfs)) return kernel;
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, 'work-'));
  try {
    const root = unpack(work);
    const version = readdirSync(join(root, 'lib/modules'))[0];
    execFileSync('depmod', ['-b', root, version]);
    const initramfs = packInitramfs(work, root, version);
    // Renamed when whole: another test may look at the same time.
    renameSync(join(root, 'boot', `vmlinuz-${version}`), kernel.image);
    renameSync(initramfs, kernel.initramfs);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return kernel;
}

function unpack(work) {
  const depends = execFileSync('apt-cache', ['depends', PACKAGE], { encoding: 'utf8' });
  const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  if (name === undefined) throw new Error(`apt knows no ${PACKAGE}`);
  // The last is standard error's: standard output belongs to whoever asks where the kernel is.
  const options = { cwd: work, stdio: ['ignore', 2, 2] };
  execFileSync('apt-get', ['-qq', '-o', 'APT::Sandbox::User=root', 'download', name], options);
  const file = readdirSync(work).find((entry) => entry.endsWith('.deb'));
  const root = join(work, 'root');
  execFileSync('dpkg', ['-x', join(work, file), root]);
  return root;
}

function packInitramfs(work, root, version) {
  const tree = join(work, 'initramfs');
  for (const name of ['bin', 'proc', 'sys', 'dev', 'mods'])
    mkdirSync(join(tree, name), { recursive: true });
  execFileSync('cp', ['/bin/busybox', join(tree, 'bin/busybox')]);
  for (const command of COMMANDS) symlinkSync('busybox', join(tree, 'bin', command));
  writeFileSync(join(tree, 'mods/order'), modules(tree, root, version).join('\n'));
  writeFileSync(join(tree, 'init'), INIT);
  chmodSync(join(tree, 'init'), 0o755);
  const packed = join(work, 'initramfs.gz');
  execFileSync('sh', [
    '-c',
    `cd '${tree}' && find . | cpio -o -H newc --quiet | gzip -9 >'${packed}'`,
  ]);
  return packed;
}

/** Copies the modules and what they need; their names in the order in which they have to be loaded. */
function modules(tree, root, version) {
  const wanted = MODULES.flatMap((name) => {
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${JSON.stringify(prepareKernel())}\n`);
}
