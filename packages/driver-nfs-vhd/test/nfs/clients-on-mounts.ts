// Run by clients.test.ts, in namespaces of its own.
import { contractOnMounts } from './contract-on-mounts.js';
import { processKilledInRounds, serverKilledInRounds } from './kept-up.js';
import { NeglectedShare } from './neglected-share.js';
import { VERSIONS } from './real-mounts.js';
import { withTwoClients } from './rig/with-two-clients.js';
import { killedBetweenCalls, quietContent, raceToOneName, Storm, sharesOf } from './two-clients.js';

/** After this many milliseconds nothing is repeated: the whole has to end in time on a busy machine too. */
const ENOUGH_MS = 60_000;

withTwoClients(async (t, { rig, clients, lap, elapsedMs }) => {
  for (const version of VERSIONS) {
    await t.test(`${version} keeps the contract of the file system`, async (t) =>
      contractOnMounts(t, rig, clients.a, version),
    );
    lap(`contract of ${version}`);
  }

  for (const share of sharesOf(rig, 'race')) {
    await t.test(`${share.version}: of two clients that publish one name, one wins`, (t) =>
      raceToOneName(t, share, clients),
    );
  }
  lap('races');

  const expected = await quietContent(rig, clients.b);
  for (const share of sharesOf(rig, 'calls')) {
    await t.test(`${share.version}: a process killed between any calls`, async (t) => {
      for (let round = 0; round < 3; round += 1) {
        // At least one, and more where the machine has time for them.
        if (round > 0 && elapsedMs() > ENOUGH_MS) break;
        const calls = 1 + Math.floor(Math.random() * 300);
        const storm = new Storm(1000 * (round + 1), expected);
        await killedBetweenCalls(t, share, storm, clients.b, calls);
      }
    });
  }
  lap('killed between calls');

  const neglected = (name: string): Promise<readonly NeglectedShare[]> =>
    Promise.all(sharesOf(rig, name).map((share) => NeglectedShare.make(share)));
  await t.test('upkeep: two clients at once, and the server killed in each round', async (t) =>
    serverKilledInRounds(t, rig, await neglected('server-struck'), clients),
  );
  lap('server killed in rounds of upkeep');
  await t.test('upkeep: a process killed in each round', async (t) =>
    processKilledInRounds(t, rig, await neglected('process-struck'), clients.b),
  );
  lap('processes killed in rounds of upkeep');
});
