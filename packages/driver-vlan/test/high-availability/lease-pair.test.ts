import t from 'tap';
import { skipWithoutTags } from '../open-vswitch/tagged-rig.js';
import { networkOf } from '../open-vswitch/tenants.js';
import { until } from '../support/network-sandbox.js';
import { PairRig, SESSION_MS } from './pair-rig.js';

t.setTimeout(180_000);

/** New flows pass within so much of the death of the one that carried them; seconds. */
const BOUND = 2;

t.test('a pair by lease', { skip: skipWithoutTags(), bail: true }, async (group) => {
  const rig = await PairRig.start(() => ({ kind: 'lease', pair: 'edge', pollMs: 50 }));
  group.teardown(() => rig.close());
  const { ap1, ap2 } = rig;
  const answered = await rig.startConnecting();
  const isOpen = async (which: typeof ap1): Promise<boolean> =>
    (await which.sandbox.run('nft list set netdev gdcloud open')).includes('elements');

  await group.test(
    'one carries the networks of both, and nothing is heard of the other',
    async (t) => {
      t.same(rig.turns(), ['ap1']);
      t.ok(rig.heard().length > 20);
      t.ok(await isOpen(ap1));
      t.notOk(await isOpen(ap2));
    },
  );

  await group.test('a planned hand-over loses at most ten of a thousand packets', async (t) => {
    const pinging = rig.rack.start('ping -q -i 0.01 -c 1000 -W 1 203.0.113.1', 'a1');
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await ap1.order({ deed: 'hand over' });
    await ap2.becomes('active');
    await until(
      () => pinging.hasEnded,
      (ended) => ended,
    );
    const received = Number(/(\d+) received/.exec(pinging.heard)?.[1]);
    t.ok(received >= 990, `${received} of 1000`);
    t.same(rig.turns(), ['ap1', 'ap2']);
    t.equal(ap1.is, 'standby');
  });

  await group.test('one that hands over to nobody goes on', async (t) => {
    await ap1.signal('STOP');
    await t.rejects(ap2.order({ deed: 'hand over' }), /does not answer/);
    await ap1.signal('CONT');
    t.equal(ap2.is, 'active');
    t.same(rig.turns(), ['ap1', 'ap2']);
  });

  await group.test('where the lock service is silent, the active one closes in time', async (t) => {
    const silent = (performance.timeOrigin + performance.now()) / 1000;
    rig.locks.reachable = 'no';
    await ap2.becomes('standby');
    await new Promise((resolve) => setTimeout(resolve, 2 * SESSION_MS));
    t.notOk(await isOpen(ap1));
    t.notOk(await isOpen(ap2));
    const last = rig.heard().at(-1)?.at ?? 0;
    t.ok(last < silent + SESSION_MS / 1000, `${last - silent} s`);
    t.same(rig.turns(), ['ap1', 'ap2']);
    rig.locks.reachable = 'yes';
    await until(
      () => rig.active(),
      (active) => active !== undefined,
    );
    await rig.carriedAfter(last, rig.roles().active, answered);
  });

  await group.test('one that was paused stays closed', async (t) => {
    const { active, other } = rig.roles();
    const before = rig.turns().length;
    const paused = await rig[active].signal('STOP');
    await rig[other].becomes('active');
    t.notOk(await isOpen(rig[active]));
    await rig[active].signal('CONT');
    await rig[active].becomes('standby');
    await rig.carriedAfter(paused, other, answered);
    t.notOk(await isOpen(rig[active]));
    t.equal(rig.turns().length, before + 1);
  });

  await group.test(
    'its agent is killed: new flows pass in time, and never both are heard',
    async (t) => {
      const { active, other } = rig.roles();
      const before = rig.turns().length;
      const killed = await rig[active].signal('KILL');
      const gap = await rig.carriedAfter(killed, other, answered);
      t.ok(gap < BOUND, `${gap} s`);
      await rig.startAgent(active);
      await rig[active].order({ deed: 'carry', ...networkOf('a') });
      t.equal(rig.turns().length, before + 1);
      t.notOk(await isOpen(rig[active]));
    },
  );

  await group.test('it is switched off: new flows pass in time', async (t) => {
    const { active, other } = rig.roles();
    const before = rig.turns().length;
    const off = rig[active].switchOff();
    const gap = await rig.carriedAfter(off, other, answered);
    t.ok(gap < BOUND, `${gap} s`);
    t.equal(rig.turns().length, before + 1);
  });
});
