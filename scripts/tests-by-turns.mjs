// Which of the tests that differ little from each other are run this time.
import { spawnSync } from 'node:child_process';
import { root } from './workspace.mjs';

const CONFORMANCE = 'packages/driver-xenserver/dist-test/conformance';
const KERNELS = 'packages/driver-vlan/dist-test/debian-kernels';
const CRASHES = 'packages/driver-vlan/dist-test/crash-points';
const NETWORKS = 'packages/driver-vlan/dist-test/conformance';
const NFS = 'packages/driver-nfs-vhd/dist-test/nfs';

/**
 * Checks that are much alike, or dear: against releases that differ in details, with events followed or asked for, on kernels
 * in emulated machines. All of them together take longer than a run may: of each row one is tried, another one with another
 * commit. The newest release of XenServer is in no row.
 */
const ROWS = [
  [
    `${CONFORMANCE}/servers-boston.test.js`,
    `${CONFORMANCE}/servers-tampa.test.js`,
    `${CONFORMANCE}/followed.test.js`,
  ],
  [`${CONFORMANCE}/segments-boston.test.js`, `${CONFORMANCE}/disks-boston.test.js`],
  [
    `${CONFORMANCE}/snapshots-boston.test.js`,
    `${CONFORMANCE}/snapshots-clearwater.test.js`,
    `${CONFORMANCE}/snapshots-tampa.test.js`,
  ],
  // Each starts machines of its own, in emulation.
  [
    `${NFS}/clients.test.js`,
    `${KERNELS}/kernel-6.1.test.js`,
    `${NFS}/failures.test.js`,
    `${KERNELS}/kernel-6.12.test.js`,
  ],
  // Crashes at each place where real networks are made, by what becomes of them, and the whole kit of checks over such.
  [`${CRASHES}/proxying.test.js`, `${CRASHES}/caring.test.js`],
  [
    `${CRASHES}/making.test.js`,
    `${NETWORKS}/carried-appliances.test.js`,
    `${CRASHES}/changing.test.js`,
  ],
];

/** The seeds that a simulated cloud must survive, in thirds: all together take an eighth of the time of all tests. */
const SEEDS = ['0-6666', '6667-13333', '13334-19999'];

/** The seeds that have their turn with the commit that is checked out: `0-6666`. All as the files do. */
export function seedsByTurn() {
  const turn = process.env.GDCLOUD_TESTS === 'all' ? undefined : turnOfCommit();
  return turn === undefined ? '0-19999' : SEEDS[turn % SEEDS.length];
}

/**
 * The files that have their turn with the commit that is checked out, and those that have not. All have it with
 * `GDCLOUD_TESTS=all`, and where nobody knows the commit.
 */
export function byTurns(files) {
  const turn = process.env.GDCLOUD_TESTS === 'all' ? undefined : turnOfCommit();
  const left =
    turn === undefined
      ? new Set()
      : new Set(ROWS.flatMap((row) => row.filter((_, place) => place !== turn % row.length)));
  return {
    now: files.filter((file) => !left.has(file)),
    later: files.filter((file) => left.has(file)),
  };
}

function turnOfCommit() {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], {
    cwd: root,
    encoding: 'utf8',
  });
  return status === 0 ? Number.parseInt(stdout.slice(0, 8), 16) : undefined;
}
