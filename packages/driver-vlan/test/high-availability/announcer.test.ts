import { type ApplianceDesired, systemClock } from '@gdcloud/core';
import { type ApplianceDocument, parseAppliance } from '@gdcloud/driver-vlan';
import {
  Announcer,
  announcementFrames,
  findPrograms,
  machineCards,
  machinePorts,
  PROGRAMS,
  startSandbox,
} from '@gdcloud/driver-vlan/agent';
import t, { type Test } from 'tap';
import { DESIRED, uuid } from '../support/fixtures.js';
import { skipWithoutSandbox, until } from '../support/network-sandbox.js';

const { signal } = new AbortController();
const PHYSICAL = [
  { name: 'physnet1', kind: 'vlan', firstId: 1, lastId: 4094 },
  { name: 'physnet2', kind: 'qinq', outerIds: [20], firstId: 1, lastId: 99 },
  { name: 'physnet3', kind: 'vxlan', firstId: 1, lastId: 99 },
] as const;
const SETTINGS = {
  trunks: [
    { name: 'physnet1', by: 'kernel', device: 'c0' },
    { name: 'physnet2', by: 'kernel', device: 'c0' },
    { name: 'physnet3', by: 'kernel', device: 'c0' },
  ],
  uplinks: [{ name: 'ext', by: 'macvlan', device: 'd0' }],
} as const;

function documentOf(number: number, change: Partial<ApplianceDesired>): ApplianceDocument {
  const segment = { kind: 'vlan', physicalNetwork: 'physnet1', id: number } as const;
  return parseAppliance(uuid(number), { ...DESIRED, segment, ...change }, PHYSICAL);
}

function publicAddress(number: number, address: string): ApplianceDesired['publicAddresses'][0] {
  const isIpv6 = address.includes(':');
  return {
    uuid: uuid(number),
    generation: 1,
    address,
    prefixLength: isIpv6 ? 64 : 16,
    gateway: isIpv6 ? '2001:db8::1' : '203.0.0.1',
    uplink: 'ext',
  };
}

/** A machine with two cards, of which the other ends are listened to. */
async function machine(t: Test, documents: readonly ApplianceDocument[]) {
  const paths = await findPrograms(PROGRAMS);
  const as = process.getuid?.() === 0 ? 'root' : 'user';
  const { runner, close } = await startSandbox({ paths, as }, signal);
  t.teardown(close);
  const lines = ['c', 'd'].flatMap((card) => [
    `link add name ${card}0 type veth peer name ${card}1`,
    `link set dev ${card}0 up`,
    `link set dev ${card}1 up`,
  ]);
  await runner.run(
    { program: 'ip', arguments: ['-batch', '-'], input: `${lines.join('\n')}\n` },
    signal,
  );
  const announcer = new Announcer({
    runner,
    clock: systemClock,
    cards: machineCards(SETTINGS),
    ports: machinePorts(SETTINGS),
    documents: () => documents,
    namespaces: async () => [],
  });
  t.teardown(() => announcer.end());
  const heard = { c: '', d: '' };
  for (const card of ['c', 'd'] as const) {
    const words = ['-u', '-x', `INTERFACE:${card}1`, 'STDOUT'];
    const listener = runner.start({ program: 'socat', arguments: words });
    listener.onOutput(() => {});
    listener.onComplaint((text) => {
      heard[card] += text.replaceAll(/^[<>].*$/gm, '\n').replaceAll(/[ \n]/g, '');
    });
  }
  return { announcer, heard };
}

/** What is sent by a card to announce a network, in hex. */
function sent(document: ApplianceDocument, card: string): readonly string[] {
  const { frames } = announcementFrames(document, machineCards(SETTINGS));
  return frames.flatMap(([by, bytes]) => (by === card ? [bytes.toString('hex')] : []));
}

t.test('a network is announced by its tags, and each address by its owner', (t) => {
  const vlan = documentOf(7, {
    publicAddresses: [publicAddress(20, '203.0.113.11'), publicAddress(21, '203.0.113.12')],
  });
  // To everyone, from whom, its tags; ARP asks who has the address that is its own.
  const [tenant, ...others] = sent(vlan, 'c0');
  t.match(tenant, /^ffffffffffff(0667[0-9a-f]{8})8100000708060001080006040001\1c0a80001/);
  t.same(others, []);
  const [one, other] = sent(vlan, 'd0');
  t.match(one, /^ffffffffffff(0667[0-9a-f]{8})08060001080006040001\1cb00710b0{12}cb00710b/);
  t.match(other, /^ffffffffffff(0667[0-9a-f]{8})08060001080006040001\1cb00710c0{12}cb00710c/);
  const segment = { kind: 'qinq', physicalNetwork: 'physnet2', outerId: 20, id: 9 } as const;
  t.match(sent(documentOf(8, { segment }), 'c0')[0], /^f{12}0667[0-9a-f]{8}88a80014810000090806/);
  t.end();
});

t.test('an end that has no IPv4 address is announced all the same, and VXLAN from inside', (t) => {
  const ipv6 = documentOf(9, { publicAddresses: [publicAddress(22, '2001:db8::11')] });
  t.match(sent(ipv6, 'd0')[0], /^f{12}(0667[0-9a-f]{8})80350001080006040003\1/);
  const segment = { kind: 'vxlan', physicalNetwork: 'physnet3', id: 9 } as const;
  const { frames, inside } = announcementFrames(
    documentOf(10, { segment }),
    machineCards(SETTINGS),
  );
  t.same(frames, []);
  t.equal(inside, true);
  t.end();
});

t.test('a hundred networks are announced', { skip: skipWithoutSandbox('socat') }, async (t) => {
  const documents = Array.from({ length: 100 }, (_, nth) =>
    documentOf(nth + 1, { publicAddresses: [publicAddress(200 + nth, `203.0.${nth}.7`)] }),
  );
  const { announcer, heard } = await machine(t, documents);
  // Each by its card, or by its address: of what is said before both ears are open one hears a part only.
  const count = (text: string, each: RegExp): number =>
    new Set(Array.from(text.matchAll(each), ([, which]) => which)).size;
  await until(
    async () => {
      const all =
        count(heard.c, /f{12}(0667.{8}).*?08060001080006040001/g) >= 100 &&
        count(heard.d, /08060001080006040001.{12}(.{8})/g) >= 100;
      if (!all) await announcer.announce(signal);
      return all;
    },
    (all) => all,
  );
  t.pass();
});
