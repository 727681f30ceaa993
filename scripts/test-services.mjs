// Puts the tools in place that tests compare us with. Only Debian packages, only as root; elsewhere what is on PATH counts.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { NETWORK_KERNELS, prepareNetworkKernel } from './network-kernels.mjs';
import { prepareKernel } from './test-kernel.mjs';
import { run, say } from './workspace.mjs';

/** A tool on PATH, or a folder that is there with it, and the Debian package that brings it. */
const TOOLS = [
  { command: 'qemu-img', package: 'qemu-utils' },
  { command: '7zz', package: '7zip' },
  { command: 'vhdiinfo', package: 'libvhdi-utils' },
  { command: 'fusermount', package: 'fuse' },
  { command: 'isoinfo', package: 'genisoimage' },
  { command: 'nft', package: 'nftables' },
  { command: 'ip', package: 'iproute2' },
  { command: 'openssl', package: 'openssl' },
  { command: 'initdb', package: 'postgresql', folder: '/usr/lib/postgresql' },
  { command: 'mariadbd', package: 'mariadb-server' },
  { command: 'redis-server', package: 'redis-server' },
  { command: 'zkServer.sh', package: 'zookeeper', folder: '/usr/share/zookeeper/bin' },
  { command: 'ganesha.nfsd', package: 'nfs-ganesha' },
  {
    command: 'libfsalvfs.so',
    package: 'nfs-ganesha-vfs',
    folder: '/usr/lib/x86_64-linux-gnu/ganesha/libfsalvfs.so',
  },
  { command: 'rpcbind', package: 'rpcbind' },
  { command: 'mount.nfs', package: 'nfs-common' },
  { command: 'qemu-system-x86_64', package: 'qemu-system-x86' },
  { command: 'busybox', package: 'busybox-static' },
  { command: 'modprobe', package: 'kmod' },
  { command: 'cpio', package: 'cpio' },
  { command: 'xz', package: 'xz-utils' },
  { command: 'ovs-vswitchd', package: 'openvswitch-switch' },
  { command: 'dnsmasq', package: 'dnsmasq-base' },
  { command: 'wg', package: 'wireguard-tools' },
  { command: 'wireguard-go', package: 'wireguard-go' },
  { command: 'conntrack', package: 'conntrack' },
  { command: 'haproxy', package: 'haproxy' },
  { command: 'socat', package: 'socat' },
  { command: 'ethtool', package: 'ethtool' },
  { command: 'tcpdump', package: 'tcpdump' },
  { command: 'keepalived', package: 'keepalived' },
  { command: 'ping', package: 'iputils-ping' },
  { command: 'perl', package: 'perl-base' },
  { command: 'chromium', package: 'chromium' },
  {
    command: 'NotoColorEmoji.ttf',
    package: 'fonts-noto-color-emoji',
    folder: '/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf',
  },
  {
    command: 'DejaVuSans.ttf',
    package: 'fonts-dejavu-core',
    folder: '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf',
  },
  {
    command: 'NotoSans-Regular.ttf',
    package: 'fonts-noto-core',
    folder: '/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf',
  },
];

function isThere({ command, folder }) {
  if (folder !== undefined) return existsSync(folder);
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.some((folder) => existsSync(`${folder}/${command}`));
}

/** Installs what is missing where that is possible. Tests that miss a tool skip with the reason, and fail when CI=true. */
export function prepareServices() {
  installTools();
  downloadKernels();
}

function installTools() {
  const missing = TOOLS.filter((tool) => !isThere(tool));
  if (missing.length === 0) return;
  const names = missing.map((tool) => tool.package);
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !existsSync('/usr/bin/apt-get')) {
    say(
      `gdcloud: tests that need ${missing.map((tool) => tool.command).join(', ')} will be skipped; install ${names.join(' ')}`,
    );
    return;
  }
  say(`gdcloud: installing ${names.join(', ')} for the tests (once)`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 2, 2], env });
  withoutStartingDaemons(() =>
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], { env }),
  );
}

const START_POLICY = '/usr/sbin/policy-rc.d';

// Tests run daemons of their own: one that a package starts would hold ports, and bridges of the machine.
function withoutStartingDaemons(install) {
  if (existsSync(START_POLICY)) return install();
  writeFileSync(START_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    install();
  } finally {
    rmSync(START_POLICY, { force: true });
  }
}

// Where one can't be had now, the test that needs it tries again and says why.
function downloadKernels() {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  sayWhyNot('with NFS', prepareKernel);
  for (const series of NETWORK_KERNELS) {
    sayWhyNot(`of networks on ${series}`, () => prepareNetworkKernel(series));
  }
}

function sayWhyNot(tests, prepare) {
  try {
    prepare();
  } catch (thrown) {
    say(`gdcloud: no kernel for the tests ${tests}: ${thrown.message}`);
  }
}
