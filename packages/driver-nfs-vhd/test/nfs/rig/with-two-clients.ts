import type { FileSystem } from '@gdcloud/driver-nfs-vhd';
import { type Test, test } from 'tap';
import { RealMounts } from '../real-mounts.js';
import { Guest } from './guest.js';
import { prepareNamespace } from './nfs-server.js';
import { remoteFiles } from './remote-files.js';

/** What a test on real mounts has. */
export interface TwoClients {
  readonly rig: RealMounts;
  /** The file system as each of two processes in the guest has it. */
  readonly clients: Readonly<Record<'a' | 'b', FileSystem>>;
  /** Notes in the output how long it has taken so far. */
  readonly lap: (what: string) => void;
  /** Milliseconds since the start. */
  readonly elapsedMs: () => number;
}

/** Runs tests beside a server and a guest. To be the only one of a process that `runOnRealMounts` has started. */
export function withTwoClients(use: (t: Test, world: TwoClients) => Promise<void>): void {
  const [, , folder = '', kernel = ''] = process.argv;
  test('on real mounts', { timeout: 400_000 }, async (t) => {
    const start = performance.now();
    const elapsedMs = (): number => performance.now() - start;
    const lap = (what: string): void => t.comment(`${(elapsedMs() / 1000).toFixed(1)} s: ${what}`);
    await prepareNamespace();
    const guest = new Guest(folder);
    const rig = new RealMounts(folder, guest);
    await rig.server.start();
    t.teardown(() => {
      guest.stop();
      // Servers in this namespace go with its first process.
      setImmediate(() => process.exit());
    });
    await guest.boot(JSON.parse(kernel));
    lap('the guest is up');
    await rig.mount();
    const [one, two] = await Promise.all([guest.start('files'), guest.start('files')]);
    const clients = { a: remoteFiles(one.wire), b: remoteFiles(two.wire) };
    lap('mounted, and processes run');
    await use(t, { rig, clients, lap, elapsedMs });
  });
}
