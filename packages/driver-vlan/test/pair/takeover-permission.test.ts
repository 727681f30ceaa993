import { ManualClock } from '@gdcloud/core/testing';
import { TakeoverPermission } from '@gdcloud/driver-vlan/agent';
import t from 'tap';
import { Chance } from './simulation/chance.js';

/** A clock that stands still while its machine is suspended, but for the time of day. */
class SuspendedClock extends ManualClock {
  suspendedFor = 0;

  override now(): number {
    return super.now() + this.suspendedFor;
  }
}

t.test('a permit counts from the moment that was named in it, and ends by itself', async (t) => {
  const clock = new ManualClock();
  const permission = new TakeoverPermission(clock, new Chance(1));
  t.equal(permission.remainingMs(), 0);
  const stamp = permission.stamp();
  clock.advance(3_000);
  permission.permit({ stamp, forMs: 8_000 });
  t.equal(permission.remainingMs(), 5_000);
  clock.advance(5_000);
  t.equal(permission.remainingMs(), 0);
});

t.test('a permit that comes late takes nothing from a later one', async (t) => {
  const clock = new ManualClock();
  const permission = new TakeoverPermission(clock, new Chance(1));
  const early = permission.stamp();
  clock.advance(1_000);
  permission.permit({ stamp: permission.stamp(), forMs: 8_000 });
  permission.permit({ stamp: early, forMs: 8_000 });
  t.equal(permission.remainingMs(), 8_000);
});

t.test('a permit of an earlier process, or that makes no sense, permits nothing', async (t) => {
  const clock = new ManualClock();
  const before = new TakeoverPermission(clock, new Chance(1));
  const permission = new TakeoverPermission(clock, new Chance(2));
  const [life] = permission.stamp().split('/');
  for (const stamp of [before.stamp(), '', 'x', `${life}`, `${life}/x/y`, `${life}/Infinity/1`]) {
    permission.permit({ stamp, forMs: 8_000 });
    t.equal(permission.remainingMs(), 0, stamp);
  }
});

t.test('a machine that was suspended meanwhile may not take over', async (t) => {
  const clock = new SuspendedClock();
  const permission = new TakeoverPermission(clock, new Chance(1));
  permission.permit({ stamp: permission.stamp(), forMs: 8_000 });
  clock.suspendedFor = 60_000;
  t.equal(permission.remainingMs(), 0);
});
