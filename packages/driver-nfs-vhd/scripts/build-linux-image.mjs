#!/usr/bin/env node
// Builds a small Linux disk image: one partition with ext4, busybox as all of user space, and, with --kernel, what pvgrub
// and pygrub boot. Needs mke2fs, and a busybox that is linked statically where the image is to boot. No root, no mount:
//
//   node packages/driver-nfs-vhd/scripts/build-linux-image.mjs --out linux.raw [--size-mb 64] [--kernel vmlinuz] [--initrd initrd]
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const MIB = 2 ** 20;
const FIRST_SECTOR = 2048;
const COMMANDS = [
  'sh',
  'init',
  'mount',
  'umount',
  'ls',
  'cat',
  'echo',
  'poweroff',
  'reboot',
  'ip',
  'udhcpc',
];

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    'size-mb': { type: 'string', default: '64' },
    kernel: { type: 'string' },
    initrd: { type: 'string' },
    busybox: { type: 'string' },
  },
});
const sizeMb = Number(values['size-mb']);
if (values.out === undefined || !Number.isInteger(sizeMb) || sizeMb < 8) {
  process.stderr.write(
    'usage: build-linux-image --out FILE [--size-mb 8…] [--kernel FILE] [--initrd FILE]\n',
  );
  process.exit(2);
}

const work = mkdtempSync(join(tmpdir(), 'gdcloud-linux-'));
try {
  const root = join(work, 'root');
  fill(root);
  const partition = join(work, 'partition');
  makeFileSystem(root, partition);
  writeDisk(partition, values.out);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function fill(root) {
  for (const folder of ['bin', 'sbin', 'etc', 'dev', 'proc', 'sys', 'tmp', 'root', 'boot/grub'])
    mkdirSync(join(root, folder), { recursive: true });
  const busybox = values.busybox ?? execFileSync('which', ['busybox'], { encoding: 'utf8' }).trim();
  copyFileSync(busybox, join(root, 'bin/busybox'));
  chmodSync(join(root, 'bin/busybox'), 0o755);
  for (const command of COMMANDS)
    symlinkSync('/bin/busybox', join(root, command === 'init' ? 'sbin/init' : `bin/${command}`));
  const text = (path, content) => writeFileSync(join(root, path), content);
  text('etc/gdcloud-release', 'gdcloud test image\n');
  text('etc/fstab', '/dev/xvda1 / ext4 defaults 0 1\n');
  text('etc/passwd', 'root::0:0:root:/root:/bin/sh\n');
  text(
    'etc/inittab',
    '::sysinit:/bin/mount -t proc proc /proc\n::respawn:/bin/sh\n::ctrlaltdel:/bin/reboot\n',
  );
  if (values.kernel === undefined) return;
  copyFileSync(values.kernel, join(root, 'boot/vmlinuz'));
  if (values.initrd !== undefined) copyFileSync(values.initrd, join(root, 'boot/initrd'));
  text(
    'boot/grub/menu.lst',
    [
      'default 0',
      'timeout 0',
      'title gdcloud',
      ' root (hd0,0)',
      ' kernel /boot/vmlinuz root=/dev/xvda1 ro console=hvc0',
      ...(values.initrd === undefined ? [] : [' initrd /boot/initrd']),
      '',
    ].join('\n'),
  );
}

function makeFileSystem(root, partition) {
  writeFileSync(partition, '');
  truncateSync(partition, sizeMb * MIB - FIRST_SECTOR * 512);
  execFileSync(
    'mke2fs',
    [
      ...['-q', '-F', '-t', 'ext4', '-d', root, '-L', 'gdcloud', '-m', '0'],
      ...['-O', '^has_journal', '-U', '01890000-0000-7000-8000-000000000001'],
      ...['-E', 'hash_seed=01890000-0000-7000-8000-000000000001,root_owner=0:0', partition],
    ],
    {
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
}

function writeDisk(partition, out) {
  writeFileSync(out, '');
  truncateSync(out, sizeMb * MIB);
  const disk = openSync(out, 'r+');
  const source = openSync(partition, 'r');
  try {
    writeSync(disk, bootSector(), 0, 512, 0);
    const block = Buffer.alloc(MIB);
    for (let position = 0; ; position += MIB) {
      const read = readSync(source, block, 0, MIB, position);
      if (read === 0) break;
      if (!block.subarray(0, read).every((byte) => byte === 0))
        writeSync(disk, block, 0, read, FIRST_SECTOR * 512 + position);
    }
  } finally {
    closeSync(source);
    closeSync(disk);
  }
  process.stdout.write(`${out}: ${sizeMb} MiB, ${readFileSync(out).byteLength} bytes\n`);
}

function bootSector() {
  const sector = Buffer.alloc(512);
  sector.set([0xeb, 0xfe]);
  const beyondChs = [0xfe, 0xff, 0xff];
  sector.set([0x80, ...beyondChs, 0x83, ...beyondChs], 446);
  sector.writeUInt32LE(FIRST_SECTOR, 454);
  sector.writeUInt32LE(sizeMb * 2048 - FIRST_SECTOR, 458);
  sector.set([0x55, 0xaa], 510);
  return sector;
}
