import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Figure, figure } from '../report/figure.js';
import type { SimPart } from './sim-part.js';

/** A test whose output has figures: what is counted, of how many, and what it is called here. */
interface Proof {
  readonly file: string;
  /** With two groups, how many and of how many; each match is a figure. */
  readonly pattern: RegExp;
  readonly name: (match: RegExpMatchArray) => string;
}

const CORE = 'packages/core/dist-test/testing';
const POINTS = /\b(crash points|lost reply|error|hang|zombie|expiry) (\d+)\/(\d+)/g;

function pointsOf(file: string, whose: string): Proof {
  return { file, pattern: POINTS, name: ([, what]) => `${whose}: ${what}` };
}

const PROOFS: readonly Proof[] = [
  pointsOf(`${CORE}/cloud-simulation/matrix.test.js`, 'kernel and cloud'),
  {
    file: `${CORE}/cloud-simulation/sabotage/sabotage.test.js`,
    pattern: /\b(sabotage) (\d+)\/(\d+) red/g,
    name: () => 'sabotage that turns the simulator red',
  },
  {
    file: `${CORE}/conformance/driver-bugs.test.js`,
    pattern: /\b(driver bugs) (\d+)\/(\d+)/g,
    name: () => 'driver bugs that the kit catches',
  },
  pointsOf('packages/driver-nfs-vhd/dist-test/conformance/volumes.test.js', 'nfs-vhd volumes'),
  pointsOf('packages/driver-nfs-vhd/dist-test/conformance/images.test.js', 'nfs-vhd images'),
  pointsOf('packages/driver-vlan/dist-test/conformance/appliances.test.js', 'vlan appliances'),
  pointsOf('packages/driver-xenserver/dist-test/conformance/servers.test.js', 'xenserver servers'),
  pointsOf(
    'packages/driver-xenserver/dist-test/conformance/segments.test.js',
    'xenserver segments',
  ),
  pointsOf('packages/driver-xenserver/dist-test/conformance/disks.test.js', 'xenserver disks'),
];

/** What the tests prove of crashes, read from what they print: they are the same that run before a merge. */
export const proofs: SimPart = {
  name: 'proofs',
  what: 'crash points, sabotage and driver bugs, as the tests count them',
  async measure({ tell }): Promise<readonly Figure[]> {
    const figures: Figure[] = [];
    for (const proof of PROOFS) {
      tell(`running ${proof.file}`);
      const begin = performance.now();
      const output = await outputOf(proof.file);
      const seconds = (performance.now() - begin) / 1000;
      for (const match of output.matchAll(proof.pattern)) {
        const [, , done, all] = match;
        const share = (100 * Number(done)) / Number(all);
        figures.push(figure(`${proof.name(match)}, of ${all}`, share, '%', { least: 100 }));
      }
      figures.push(figure(`${proof.file.split('/').at(-1) ?? ''}, time`, seconds, 's'));
    }
    return figures;
  },
};

function outputOf(file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const root = fileURLToPath(new URL('../../..', import.meta.url));
    const child = spawn(process.execPath, [file], {
      cwd: root,
      env: { ...process.env, TAP_TIMEOUT: '600' },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${file} ended with ${code}:\n${output.slice(-2_000)}`));
    });
  });
}
