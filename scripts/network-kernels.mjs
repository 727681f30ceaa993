// The kernels of the small machines in which networks are carried with the kernel's own 8021q, QinQ, bridges that filter
// VLANs, and WireGuard. Kept are, of each: its image and a file system with this machine's own tools, and beside them
// what the tests keep, a snapshot of the machine once it has booted.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CACHE, copyModules, packTree, unpackKernel } from './debian-kernel.mjs';

/** Each series, and what Debian's releases call the package of its newest. The small ones, for machines in clouds. */
const SERIES = {
  6.1: ['linux-image-cloud-amd64'],
  6.12: ['linux-image-6.12-cloud-amd64', 'linux-image-cloud-amd64'],
};

/** The series of which {@link prepareNetworkKernel} knows. */
export const NETWORK_KERNELS = Object.keys(SERIES);

const MODULES = [
  ...['virtio_pci', 'virtio_console', 'af_packet', 'veth', 'bridge', '8021q', 'macvlan', 'vxlan'],
  ...['wireguard', 'nf_tables', 'nft_ct', 'nft_nat', 'nft_masq', 'nft_chain_nat', 'nft_redir'],
  ...['nft_numgen', 'nft_hash', 'nft_limit', 'nft_log', 'nft_reject_inet', 'nft_fib_inet'],
  ...['nft_objref', 'nft_quota', 'nf_conntrack_netlink', 'sch_htb', 'sch_tbf', 'sch_fq_codel'],
];
const TOOLS = [
  ...['ip', 'tc', 'ss', 'bridge', 'nft', 'nsenter', 'sysctl', 'kill', 'dnsmasq', 'wg', 'conntrack'],
  ...['dash', 'perl', 'ping', 'socat'],
];
/** Perl's, without which it is not strict. */
const PERL_FILES = ['strict.pm', 'warnings.pm'];
const FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const GUEST = join(import.meta.dirname, 'network-guest');

/** Makes sure that the kernel of a series is there and tells where. Throws where it can't be had. */
export function prepareNetworkKernel(series) {
  const folder = join(CACHE, 'network-kernels', `${series}-${stateOfParts()}`);
  const kernel = {
    image: join(folder, 'vmlinuz'),
    initramfs: join(folder, 'initramfs.gz'),
    snapshot: join(folder, 'snapshot'),
  };
  if (existsSync(kernel.initramfs)) return kernel;
  dropOthers(dirname(folder), series);
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, 'work-'));
  try {
    const unpacked = unpackKernel(work, SERIES[series], `${series}.`);
    const initramfs = packInitramfs(work, unpacked);
    // Renamed when whole, and the image first: another test may look at the same time.
    renameSync(unpacked.image, kernel.image);
    renameSync(initramfs, kernel.initramfs);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return kernel;
}

/** Another as soon as a tool is updated, qemu too, which does not read snapshots of its predecessors. */
function stateOfParts() {
  const hash = createHash('sha256');
  for (const name of [...TOOLS, 'busybox', 'qemu-system-x86_64']) {
    const { size, mtimeMs } = statSync(pathOf(name));
    hash.update(`${name} ${size} ${mtimeMs}\n`);
  }
  const texts = readdirSync(GUEST).map((name) => join(GUEST, name));
  for (const path of [fileURLToPath(import.meta.url), ...texts]) hash.update(readFileSync(path));
  return hash.digest('hex').slice(0, 12);
}

const DAY_MS = 86_400_000;

// Not those of today: another checkout may use them.
function dropOthers(folder, series) {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const isOld = statSync(path).mtimeMs < Date.now() - DAY_MS;
    if (isOld && name.startsWith(`${series}-`)) rmSync(path, { recursive: true, force: true });
  }
}

function packInitramfs(work, unpacked) {
  const tree = join(work, 'initramfs');
  for (const name of ['bin', 'applets', 'proc', 'sys', 'dev', 'run', 'tmp', 'etc', 'var'])
    mkdirSync(join(tree, name), { recursive: true });
  symlinkSync('/run', join(tree, 'var/run'));
  cpSync(pathOf('busybox'), join(tree, 'bin/busybox'));
  for (const tool of TOOLS) copyTool(tree, pathOf(tool));
  // Shells and their `sh`; busybox's own would prefer its own `ip`.
  symlinkSync(pathOf('dash'), join(tree, 'bin/sh'));
  for (const name of PERL_FILES) copyFile(tree, perlFile(name));
  for (const name of ['/etc/iproute2', '/usr/lib/iproute2', '/etc/protocols', '/etc/services'])
    if (existsSync(name)) cpSync(name, join(tree, name), { recursive: true });
  writeFileSync(join(tree, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n');
  writeFileSync(join(tree, 'etc/group'), 'root:x:0:\n');
  writeFileSync(join(tree, 'mods/order'), copyModules(tree, unpacked, MODULES).join('\n'));
  cpSync(join(GUEST, 'serve.pl'), join(tree, 'serve.pl'));
  cpSync(join(GUEST, 'init.sh'), join(tree, 'init'));
  chmodSync(join(tree, 'init'), 0o755);
  const packed = join(work, 'initramfs.gz');
  packTree(tree, packed);
  return packed;
}

function copyTool(tree, path) {
  copyFile(tree, path);
  const listed = execFileSync('ldd', [path], { encoding: 'utf8' });
  for (const [library] of listed.matchAll(/\/\S+/g)) copyFile(tree, library);
}

// Under its own name, whatever that leads to here.
function copyFile(tree, path) {
  if (existsSync(join(tree, path))) return;
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  cpSync(realpathSync(path), join(tree, path));
}

function pathOf(tool) {
  const path = FOLDERS.map((folder) => `${folder}/${tool}`).find((file) => existsSync(file));
  if (path === undefined) throw new Error(`${tool} is not installed`);
  return path;
}

function perlFile(name) {
  const words = ['-e', `require ${name.replace('.pm', '')}; print $INC{'${name}'}`];
  return execFileSync('perl', words, { encoding: 'utf8' });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${JSON.stringify(prepareNetworkKernel(process.argv[2]))}\n`);
}
