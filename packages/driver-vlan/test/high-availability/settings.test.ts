import type { LockService } from '@gdcloud/core';
import { createVlanDriver, type VlanDriver, type VlanOptions } from '@gdcloud/driver-vlan';
import t from 'tap';

const LOCKS: LockService = { tryAcquire: async () => undefined, holder: async () => undefined };
const WIRED: VlanOptions = {
  folder: '/nowhere',
  mode: 'full',
  machine: {
    trunks: [{ name: 'physnet1', by: 'openvswitch', device: 'ap', cards: ['eth1'] }],
    uplinks: [{ name: 'ext', by: 'bridge', device: 'br-wan', cards: ['wan0'] }],
  },
  highAvailability: { kind: 'lease', pair: 'edge' },
};

const VRRP = { kind: 'vrrp', pair: 'edge', device: 'eth1', routerId: 7, rank: 'first' } as const;

function made(change: Partial<VlanOptions>, locks: LockService | undefined = LOCKS): VlanDriver {
  return createVlanDriver({ ...WIRED, ...change }, locks === undefined ? {} : { locks });
}

t.test('settings that can not be are refused, naming the field', (t) => {
  const wrong: readonly (readonly [Partial<VlanOptions>, RegExp])[] = [
    [{ highAvailability: { kind: 'lease', pair: 'Edge 1' } }, /^highAvailability\.pair: /],
    [
      { highAvailability: { kind: 'lease', pair: 'edge', pollMs: 5 } },
      /^highAvailability\.pollMs: /,
    ],
    [
      { highAvailability: { kind: 'lease', pair: 'edge', closeAfterMs: 60_000 } },
      /^highAvailability\.closeAfterMs: /,
    ],
    [{ highAvailability: { ...VRRP, routerId: 256 } }, /^highAvailability\.routerId: /],
    [{ highAvailability: { ...VRRP, advertiseMs: 205 } }, /^highAvailability\.advertiseMs: /],
    [{ highAvailability: { ...VRRP, device: 'eth0; reboot' } }, /highAvailability\.device/],
    [{ mode: 'sandboxed' }, /^highAvailability: only mode full/],
    [
      { machine: { trunks: [{ name: 'physnet1', by: 'openvswitch', device: 'ap' }], uplinks: [] } },
      /^machine\.trunks\[0\]\.cards: /,
    ],
    [
      {
        machine: {
          trunks: [{ name: 'physnet1', by: 'kernel', device: 'bond0' }],
          uplinks: [{ name: 'ext', by: 'bridge', device: 'br-wan' }],
        },
      },
      /^machine\.uplinks\[0\]\.cards: /,
    ],
  ];
  for (const [change, message] of wrong) {
    t.throws(() => made(change), { message });
  }
  t.doesNotThrow(() => createVlanDriver({ ...WIRED, highAvailability: VRRP }));
  t.throws(() => createVlanDriver(WIRED), { message: /^highAvailability\.kind: .* lock service/ });
  t.end();
});

t.test(
  'an appliance that is alone needs neither cards nor locks, and hands over to nobody',
  async (t) => {
    const driver = createVlanDriver({ folder: '/nowhere', mode: 'record' });
    t.equal(driver.pairState(), undefined);
    const { signal } = new AbortController();
    await t.rejects(driver.handOver({ signal }), { code: 'NotInPair', outcome: 'invalid' });
    await driver.close();
  },
);
