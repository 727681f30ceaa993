import { readFile } from 'node:fs/promises';
import type { ApplianceDesired } from '@gdcloud/core';
import t from 'tap';
import { ApplianceSandbox, OUTSIDE } from '../support/appliance-sandbox.js';
import { uuid } from '../support/fixtures.js';
import { skipWithoutSandbox } from '../support/network-sandbox.js';
import { OpenFlow } from '../support/open-flow.js';

t.setTimeout(120_000);

const NETWORK: ApplianceDesired = {
  ...OUTSIDE,
  forwards: [
    {
      uuid: uuid(30),
      generation: 1,
      protocol: 'tcp',
      publicAddress: '203.0.113.11',
      publicStartPort: 2222,
      publicEndPort: 2222,
      privateAddress: '192.168.0.11',
      privateStartPort: 22,
    },
  ],
};

const skip = skipWithoutSandbox('socat', 'ping', 'ss');

t.test('a network that an earlier release carries', { skip }, async (group) => {
  // The program of before IPv6 was forwarded, as that release loaded it.
  const earlier = await readFile(
    new URL('../../test/program/earlier-program.nft', import.meta.url),
    'utf8',
  );
  const appliance = await ApplianceSandbox.start(NETWORK);
  group.teardown(() => appliance.close());
  await appliance.listen('vm1', 22, 'EXEC:cat');
  await appliance.nft('flush ruleset');
  await appliance.loadEarlier(earlier);
  const flow = await OpenFlow.open(appliance, 'inet', '203.0.113.11:2222');

  await group.test('loses no packet when this one takes it over', async (t) => {
    const pinging = appliance.run('vm2', 'ping -q -i 0.002 -c 1000 203.0.113.1');
    let pinged = '';
    void pinging.then((text) => {
      pinged = text;
    });
    let upgrades = 0;
    while (pinged === '') {
      await appliance.load();
      await flow.carries();
      await appliance.loadEarlier(earlier);
      upgrades += 1;
    }
    t.match(pinged, ' 0% packet loss');
    t.ok(upgrades > 2, `${upgrades} times`);
  });

  await group.test('is as if it had been carried by this one always', async (t) => {
    await appliance.load();
    await flow.carries();
    flow.end();
    t.same(await appliance.repairs(), []);
    t.same(await appliance.chains(), await freshChains());
  });
});

async function freshChains(): Promise<string> {
  const fresh = await ApplianceSandbox.start(NETWORK);
  try {
    return await fresh.chains();
  } finally {
    fresh.close();
  }
}
