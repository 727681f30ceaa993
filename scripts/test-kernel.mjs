// The kernel of the small machine that tests the driver with a real NFS client. A Debian kernel is downloaded once and
// never installed; kept are its image and an initramfs with the few modules that are needed, about 12 MB.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CACHE, copyModules, packTree, unpackKernel } from './debian-kernel.mjs';

const PACKAGE = 'linux-image-amd64';
const MODULES = ['virtio_pci', 'virtio_net', '9pnet_virtio', '9p', 'nfsv3', 'nfsv4'];
const COMMANDS = 'sh mount mkdir cat grep insmod ip chroot poweroff'.split(' ');

const folder = join(CACHE, 'test-kernel');
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
    const unpacked = unpackKernel(work, [PACKAGE]);
    const initramfs = packInitramfs(work, unpacked);
    // Renamed when whole: another test may look at the same time.
    renameSync(unpacked.image, kernel.image);
    renameSync(initramfs, kernel.initramfs);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return kernel;
}

function packInitramfs(work, unpacked) {
  const tree = join(work, 'initramfs');
  for (const name of ['bin', 'proc', 'sys', 'dev', 'mods'])
    mkdirSync(join(tree, name), { recursive: true });
  execFileSync('cp', ['/bin/busybox', join(tree, 'bin/busybox')]);
  for (const command of COMMANDS) symlinkSync('busybox', join(tree, 'bin', command));
  writeFileSync(join(tree, 'mods/order'), copyModules(tree, unpacked, MODULES).join('\n'));
  writeFileSync(join(tree, 'init'), INIT);
  chmodSync(join(tree, 'init'), 0o755);
  const packed = join(work, 'initramfs.gz');
  packTree(tree, packed);
  return packed;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${JSON.stringify(prepareKernel())}\n`);
}
