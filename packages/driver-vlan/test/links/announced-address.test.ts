import type { ApplianceDesired } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import t from 'tap';
import { CARRIED, CarriedNetwork } from '../support/carried-network.js';
import { uuid } from '../support/fixtures.js';
import { skipWithoutSandbox, until } from '../support/network-sandbox.js';

t.setTimeout(120_000);

function withAddresses(revision: number, ...addresses: readonly string[]): ApplianceDesired {
  return {
    ...CARRIED,
    revision,
    publicAddresses: [
      ...CARRIED.publicAddresses,
      ...addresses.map((address, nth) => ({
        uuid: uuid(30 + nth),
        generation: 1,
        address,
        prefixLength: 64,
        gateway: '2001:db8::1',
        uplink: 'outside',
      })),
    ],
  };
}

const skip = skipWithoutSandbox('tcpdump');

t.test('an IPv6 address is announced as soon as it is there', { skip }, async (t) => {
  const network = await CarriedNetwork.start(withAddresses(3, '2001:db8::11'), new ManualClock());
  t.teardown(() => network.close());
  const words = ['tcpdump', '-nl', '-i', 'eth0', 'icmp6'];
  const listening = network.runner.start({
    program: 'nsenter',
    arguments: ['--net=/run/netns/inet', ...words],
  });
  let complaint = '';
  let heard = '';
  listening.onComplaint((text) => {
    complaint += text;
  });
  listening.onOutput((text) => {
    heard += text;
  });
  await until(
    () => complaint,
    (text) => text.includes('listening on'),
  );
  await network.change(withAddresses(4, '2001:db8::11', '2001:db8::12'));
  await until(
    () => heard,
    (text) => text.includes('tgt is 2001:db8::12'),
  );
  t.notMatch(heard, 'tgt is 2001:db8::11,', 'the others are not announced again');
  listening.stop();
});
