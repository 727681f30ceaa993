import type { FileSystem } from '@gdcloud/driver-nfs-vhd';
import type { Test } from 'tap';
import { strikingAt } from '../support/wrapped-file-system.js';
import type { NeglectedShare } from './neglected-share.js';
import type { RealMounts } from './real-mounts.js';
import { remoteFiles } from './rig/remote-files.js';
import { untilDone } from './two-clients.js';

/** On so many days something is struck; what upkeep does on later ones it has done before. */
const DAYS = 4;
/** A round makes about so many calls: on the first day, on others. */
const CALLS = [300, 50] as const;

/**
 * Two clients keep the shares up at the same time, and each day the server is killed while one of them makes some call, and started
 * again.
 */
export async function serverKilledInRounds(
  t: Test,
  rig: RealMounts,
  shares: readonly NeglectedShare[],
  clients: Readonly<Record<'a' | 'b', FileSystem>>,
): Promise<void> {
  const restart = async (): Promise<void> => {
    await rig.server.kill();
    await rig.server.start();
  };
  for (let day = 0; day < DAYS; day += 1) {
    const calls = someCallOf(day);
    let restarted: Promise<void> | undefined;
    const striking = strikingAt(clients.a, calls, () => {
      restarted = restart();
    });
    const rounds = shares.flatMap((share, index) => [
      share.round(share.keeper('a', index === day % shares.length ? striking.files : clients.a)),
      share.round(share.keeper('b', clients.b)),
    ]);
    const endings = await Promise.allSettled(rounds);
    await restarted;
    const failed = mayPass(t, endings);
    const when = `server killed at call ${calls} of ${striking.made()} of day ${day}`;
    t.comment(`${when}: ${failed} of ${endings.length} rounds ended`);
    await dayEnds(t, shares, when);
  }
  for (const share of shares) await share.isKeptUpAtLast(t, `${share.share.version}, at last`);
}

/**
 * Each day the process that makes the calls is killed at one of them, and another client keeps the shares up after that.
 */
export async function processKilledInRounds(
  t: Test,
  rig: RealMounts,
  shares: readonly NeglectedShare[],
  survivor: FileSystem,
): Promise<void> {
  // A start takes seconds: meanwhile the others work.
  let next = rig.guest.start('files');
  for (let day = 0; day < DAYS; day += 1) {
    const victim = await next;
    if (day + 1 < DAYS) next = rig.guest.start('files');
    const calls = shares.length * someCallOf(day);
    const { files, made } = strikingAt(remoteFiles(victim.wire), calls, () => {
      void victim.kill();
    });
    const rounds = shares.map((share) => share.round(share.keeper('a', files)));
    const endings = await Promise.allSettled(rounds);
    await victim.kill();
    const cut = endings.filter(({ status }) => status === 'rejected').length;
    const when = `killed at call ${calls} of ${made()} of day ${day}`;
    t.comment(`${when}: ${cut} of ${endings.length} rounds cut off`);
    await goneOnWith(t, shares, survivor, when);
  }
  for (const share of shares) await share.isKeptUpAtLast(t, `${share.share.version}, at last`);
}

/** After one client was struck another one keeps the shares up, and a day passes. */
export async function goneOnWith(
  t: Test,
  shares: readonly NeglectedShare[],
  survivor: FileSystem,
  when: string,
): Promise<void> {
  for (const share of shares) await share.readsTheSame(t, `${share.share.version}, ${when}`);
  const keepers = shares.map((share) => ({ share, keeper: share.keeper('b', survivor) }));
  await Promise.all(keepers.map(({ share, keeper }) => untilDone(() => share.round(keeper))));
  await dayEnds(t, shares, `a round after it was ${when}`);
}

async function dayEnds(t: Test, shares: readonly NeglectedShare[], when: string): Promise<void> {
  for (const share of shares) {
    await share.readsTheSame(t, `${share.share.version}, ${when}`);
    share.dayPasses();
  }
}

/** Whoever was disturbed or came too late says that it may pass; nobody may say that it can't be done. How many did. */
function mayPass(t: Test, endings: readonly PromiseSettledResult<void>[]): number {
  const failed = endings.filter((ending) => ending.status === 'rejected');
  for (const { reason } of failed)
    t.match(reason, { name: 'DriverFailure', outcome: /^(ambiguous|unavailable)$/ });
  return failed.length;
}

function someCallOf(day: number): number {
  return 1 + Math.floor(Math.random() * CALLS[day === 0 ? 0 : 1]);
}
