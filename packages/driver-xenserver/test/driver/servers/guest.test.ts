import t from 'tap';
import { canPlug, guestReport } from '../../../dist/driver/servers/guest.js';

t.test('a guest tells its addresses by its cards, each once', async (t) => {
  const report = guestReport({
    PV_drivers_detected: true,
    networks: {
      '1/ip': '10.1.0.7',
      '10/ip': '10.10.0.7',
      '0/ipv6/0': 'fe80::7',
      '0/ip': '10.0.0.7',
      '0/ipv4/0': '10.0.0.7',
      xenbr0: 'not of a card',
    },
  });
  t.same(report?.addresses, ['fe80::7', '10.0.0.7', '10.1.0.7', '10.10.0.7']);
});

t.test('the name of Windows is told without the folder it is in', async (t) => {
  const report = guestReport({
    PV_drivers_up_to_date: false,
    PV_drivers_version: { major: '6', minor: '1', micro: '0', build: '59235' },
    os_version: {
      name: 'Microsoft Windows Server 2008 R2 Standard|C:\\Windows|\\Device\\Harddisk0\\Partition2',
      distro: 'windows',
      major: '6',
      minor: '1',
    },
    networks: {},
  });
  t.same(report, {
    addresses: [],
    osName: 'Microsoft Windows Server 2008 R2 Standard',
    osVersion: '6.1',
    tools: 'outdated',
    toolsVersion: '6.1.0-59235',
  });
});

t.test('releases say in their own ways that the tools are there and new', async (t) => {
  const version = { major: '7', minor: '20', micro: '0', build: '-1' };
  const before7 = { PV_drivers_version: version, PV_drivers_up_to_date: true };
  const since7 = { PV_drivers_detected: true, PV_drivers_up_to_date: false };
  t.match(guestReport(before7), { tools: 'current', toolsVersion: '7.20.0' });
  t.match(guestReport(since7), { tools: 'current', toolsVersion: undefined });
});

t.test('a guest of which nothing is known has no report', async (t) => {
  t.equal(guestReport(undefined), undefined);
  t.equal(guestReport({}), undefined);
  t.equal(
    guestReport({ networks: {}, PV_drivers_version: {}, PV_drivers_detected: false }),
    undefined,
  );
});

t.test(
  'whether devices can be plugged is what the guest says, else what its tools can',
  async (t) => {
    const tools = { PV_drivers_detected: true };
    t.equal(canPlug(undefined, 'VBD'), false);
    t.equal(canPlug({}, 'VBD'), false);
    t.equal(canPlug(tools, 'VBD'), true);
    t.equal(canPlug({ ...tools, can_use_hotplug_vbd: 'no' }, 'VBD'), false);
    t.equal(canPlug({ ...tools, can_use_hotplug_vbd: 'no' }, 'VIF'), true);
    t.equal(canPlug({ can_use_hotplug_vif: 'yes' }, 'VIF'), true);
  },
);
