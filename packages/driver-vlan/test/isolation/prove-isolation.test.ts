import type { ApplianceDesired } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import t from 'tap';
import { CARRIED, CarriedNetwork } from '../support/carried-network.js';
import { call, keyOf, uuid } from '../support/fixtures.js';
import { skipWithoutSandbox } from '../support/network-sandbox.js';

const NEXT_DOOR: ApplianceDesired = {
  ...CARRIED,
  segment: { kind: 'vlan', physicalNetwork: 'physnet1', id: 301 },
  publicAddresses: [],
  outgoingAddress: null,
};

t.test(
  'networks of a driver are shown to be apart',
  { skip: skipWithoutSandbox('socat') },
  async (t) => {
    const network = await CarriedNetwork.start(CARRIED, new ManualClock());
    t.teardown(() => network.close());
    const prove = async (from: number, to: number) =>
      network.driver.proveIsolation?.(uuid(from), uuid(to), call());
    await t.rejects(prove(1, 2), { code: 'NetworkNotCarried' });
    await network.driver.appliances.create(keyOf(2), NEXT_DOOR, call());
    for (const [from, to] of [
      [1, 2],
      [2, 1],
    ] as const) {
      const proof = await prove(from, to);
      t.match(proof, { by: 'server', arrived: [] });
      t.ok((proof?.tried.length ?? 0) > 5);
    }
    network.restart();
    await t.rejects(prove(1, 2), { code: 'NetworkNotCarried' }, 'until it has looked at them');
  },
);
