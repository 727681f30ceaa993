import t from 'tap';
import { skipWithoutTags } from '../open-vswitch/tagged-rig.js';
import { networkOf } from '../open-vswitch/tenants.js';
import { skipWithoutSandbox, until } from '../support/network-sandbox.js';
import { PairRig } from './pair-rig.js';

t.setTimeout(180_000);

/** New flows pass within so much of the death of the one that carried them; seconds. */
const BOUND = 1;

const skip = skipWithoutTags() || skipWithoutSandbox('keepalived', 'setpriv');

t.test('a pair by VRRP', { skip, bail: true }, async (group) => {
  const rig = await PairRig.start((name) => ({
    kind: 'vrrp',
    pair: 'edge',
    device: 'hb',
    routerId: 77,
    rank: name === 'ap1' ? 'first' : 'second',
  }));
  group.teardown(() => rig.close());
  const { ap1, ap2 } = rig;
  const answered = await rig.startConnecting();
  const isOpen = async (which: typeof ap1): Promise<boolean> =>
    (await which.sandbox.run('nft list set netdev gdcloud series')).includes('elements');
  const processes = async (which: typeof ap1): Promise<string> =>
    which.sandbox.run('ps -o stat= -C keepalived | grep -v Z || true');

  /** Until both have settled who it is, and the other waits. */
  const settled = async (): Promise<void> => {
    await until(
      () => rig.active(),
      (now) => now !== undefined,
    );
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  };

  await group.test(
    'one carries the networks of both, and nothing is heard of the other',
    async (t) => {
      // Of two that start at once each may have been chosen, one after the other.
      await settled();
      const { active, other } = rig.roles();
      t.equal(rig.turns().at(-1), active);
      t.ok(await isOpen(rig[active]));
      t.notOk(await isOpen(rig[other]));
    },
  );

  await group.test('a planned hand-over loses at most ten of a thousand packets', async (t) => {
    const pinging = rig.rack.start('ping -q -i 0.01 -c 1000 -W 1 203.0.113.1', 'a1');
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const { active, other } = rig.roles();
    const before = rig.turns().length;
    await rig[active].order({ deed: 'hand over' });
    await rig[other].becomes('active');
    await until(
      () => pinging.hasEnded,
      (ended) => ended,
    );
    const received = Number(/(\d+) received/.exec(pinging.heard)?.[1]);
    t.ok(received >= 990, `${received} of 1000`);
    t.equal(rig.turns().length, before + 1);
    t.equal(rig[active].is, 'standby');
  });

  await group.test(
    'one that heard nothing for a while, as it was paused, is not heard beside the other',
    async (t) => {
      const { other } = rig.roles();
      const before = rig.turns().length;
      await rig[other].sandbox.run('pkill -STOP keepalived');
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      await rig[other].sandbox.run('pkill -CONT keepalived');
      await settled();
      // Whichever of them it is: it has the networks alone.
      t.ok(rig.turns().length <= before + 1, rig.turns().join());
      t.not(await isOpen(ap1), await isOpen(ap2));
    },
  );

  await group.test(
    'one whose advertisements were held up stays closed, and both are never heard',
    async (t) => {
      const { active, other } = rig.roles();
      const before = rig.turns().length;
      const paused = Date.now() / 1000;
      await rig[active].sandbox.run('pkill -STOP keepalived');
      await rig.carriedAfter(paused, other, answered);
      await rig[active].sandbox.run('pkill -CONT keepalived');
      await settled();
      t.ok(rig.turns().length <= before + 2, rig.turns().join());
      t.not(await isOpen(ap1), await isOpen(ap2));
    },
  );

  await group.test(
    'its agent is killed: new flows pass in time, and its keepalived goes with it',
    async (t) => {
      const { active, other } = rig.roles();
      const before = rig.turns().length;
      const killed = await rig[active].signal('KILL');
      const gap = await rig.carriedAfter(killed, other, answered);
      t.ok(gap < BOUND, `${gap} s`);
      t.equal(rig.turns().length, before + 1);
      await until(
        () => processes(rig[active]),
        (ids) => ids === '',
      );
      await rig.startAgent(active);
      await rig[active].order({ deed: 'carry', ...networkOf('a') });
      t.equal(rig.turns().length, before + 1);
      t.notOk(await isOpen(rig[active]));
    },
  );

  await group.test('it is switched off: new flows pass in time', async (t) => {
    await settled();
    const { active, other } = rig.roles();
    const before = rig.turns().length;
    const off = rig[active].switchOff();
    const gap = await rig.carriedAfter(off, other, answered);
    t.ok(gap < BOUND, `${gap} s`);
    t.equal(rig.turns().length, before + 1);
  });
});
