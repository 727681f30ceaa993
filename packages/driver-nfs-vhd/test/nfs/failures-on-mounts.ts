// Run by failures.test.ts, in namespaces of its own.

import { outage, refusals, removedByAnother, serverKilled } from './failures.js';
import { goneOnWith } from './kept-up.js';
import { NeglectedShare } from './neglected-share.js';
import { remoteDriver } from './rig/remote-driver.js';
import { withTwoClients } from './rig/with-two-clients.js';
import {
  bothAtOnce,
  driverKilled,
  folderOf,
  quietContent,
  Storm,
  sharesOf,
} from './two-clients.js';

withTwoClients(async (t, { rig, clients, lap }) => {
  const expected = await quietContent(rig, clients.b);
  // Five seconds of work for the guest: one has to do.
  const driver = await rig.guest.start('driver');
  lap('the driver runs in the guest');
  for (const share of sharesOf(rig, 'both')) {
    await t.test(`${share.version}: two drivers do the same at once`, (t) =>
      bothAtOnce(t, share, new Storm(1000, expected), driver, clients.b),
    );
  }
  lap('both at once');

  for (const share of sharesOf(rig, 'stale')) {
    await t.test(`${share.version}: another client removes what this one writes`, (t) =>
      removedByAnother(t, share, clients),
    );
  }
  await t.test('a full share and a squashed root', (t) => refusals(t, rig, clients.a));
  await t.test('the server killed in the middle of everything', (t) =>
    serverKilled(
      t,
      rig,
      sharesOf(rig, 'crash').map((share) => ({ share, storm: new Storm(1000, expected) })),
      clients,
      50 + Math.random() * 300,
    ),
  );
  lap('server killed');

  await t.test('a server that is away for a while', (t) => {
    const names = { v3: 'outage-v3', 'v4.1': 'outage-v4.1' };
    sharesOf(rig, 'outage');
    return outage(t, rig, names, clients.a, driver);
  });
  lap('failures');

  await t.test('a driver killed in the middle of everything', async (t) => {
    const days = Math.floor(Math.random() * 3);
    const neglected = await Promise.all(
      sharesOf(rig, 'neglected').map((share) => NeglectedShare.make(share, days)),
    );
    const keptUp = async (): Promise<void> => {
      const rounds = neglected.map((share) => {
        const folder = folderOf(share.share, 'a');
        const victim = remoteDriver(driver.wire, folder, 60_000, share.aheadMs);
        return share.round({ driver: victim, folder });
      });
      const endings = await Promise.allSettled(rounds);
      const cut = endings.filter(({ status }) => status === 'rejected').length;
      t.comment(`${cut} of ${endings.length} rounds of upkeep cut off on day ${days}`);
    };
    await driverKilled(
      t,
      sharesOf(rig, 'killed').map((share) => ({ share, storm: new Storm(1000, expected) })),
      { victim: driver, afterMs: 50 + Math.random() * 300, beside: keptUp },
      clients.b,
    );
    await goneOnWith(t, neglected, clients.b, 'killed');
    for (const share of neglected) await share.isKeptUpAtLast(t, `${share.share.version}, killed`);
  });
  lap('driver killed');
});
