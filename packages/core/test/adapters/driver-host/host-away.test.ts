import t from 'tap';
import { uuid } from '../../support/resources.js';
import { turns } from '../../support/turns.js';
import { advance, hosted } from './support/hosted.js';
import { SlowDisks } from './support/slow-disks.js';

const DISK = { name: 'disk', sizeBytes: 4 };
const CHANGE = { field: 'sizeBytes', desired: 4, actual: 3 };
const key = { uuid: uuid(1), epoch: 1 };

t.test('a host that was never heard: looks are unknown, and nothing was changed', async (t) => {
  const { remote, call, until, clock } = hosted();
  const { disks } = remote.compute;
  const started = clock.now();
  const away = { outcome: 'unavailable', code: 'DriverHostAway' };
  t.match(await until(disks.observe(key, DISK, call())), { presence: 'unknown', failure: away });
  t.ok(clock.now() - started <= 2_500, 'nobody waits long for it');
  const later = clock.now();
  await t.rejects(until(disks.create(key, DISK, call())), away);
  await t.rejects(until(disks.update(key, DISK, CHANGE, call())), away);
  await t.rejects(until(disks.delete(key, call())), away);
  await t.rejects(until(Promise.resolve(disks.quarantine?.(key, call()))), away);
  await t.rejects(until(disks.list(undefined, call())), away);
  await t.rejects(until(remote.compute.hosts(call())), away);
  await t.rejects(until(remote.storage.pools(call())), away);
  t.equal(clock.now(), later, 'once it is known to be away, calls fail at once');
});

t.test(
  'a host that vanishes in the middle: a change is ambiguous, a look is unknown',
  async (t) => {
    const slow = new SlowDisks();
    const { host, remote, call, clock, bus } = hosted({ plugins: [slow.plugin] });
    await host.start();
    const { disks } = remote.compute;
    await clock.until(remote.compute.hosts(call()));
    bus.loses = () => true;
    const started = clock.now();
    const endings = await clock.until(
      Promise.allSettled([
        disks.create(key, DISK, call({ limitMs: 60_000 })),
        disks.delete(key, call({ limitMs: 60_000 })),
        disks.observe(key, DISK, call({ limitMs: 60_000 })),
        disks.list(undefined, call({ limitMs: 60_000 })),
      ]),
    );
    t.match(endings, [
      { reason: { outcome: 'ambiguous', code: 'DriverHostAway' } },
      { reason: { outcome: 'ambiguous', code: 'DriverHostAway' } },
      { value: { presence: 'unknown', failure: { outcome: 'unavailable' } } },
      { reason: { outcome: 'unavailable', code: 'DriverHostAway' } },
    ]);
    t.ok(clock.now() - started < 20_000, 'it is not waited for up to the deadline');
    await host.stop();
  },
);

t.test('a host that is back is asked again at once', async (t) => {
  const { host, another, remote, call, until, clock } = hosted();
  await t.rejects(until(remote.compute.hosts(call())), { code: 'DriverHostAway' });
  await host.start();
  await turns();
  const now = clock.now();
  await until(remote.compute.hosts(call()));
  t.equal(clock.now(), now);
  await host.stop();
  await advance(clock, 60_000);
  await t.rejects(until(remote.compute.hosts(call())), { code: 'DriverHostAway' });
  const next = another();
  await next.start();
  await turns();
  await until(remote.compute.hosts(call()));
  await next.stop();
});

t.test('a host that restarts meanwhile: looks go on, a change is looked at first', async (t) => {
  const slow = new SlowDisks();
  const { host, another, remote, call, clock, outside } = hosted({ plugins: [slow.plugin] });
  await host.start();
  await clock.until(remote.compute.hosts(call()));
  const making = remote.compute.disks.create(key, DISK, call());
  await turns(3);
  const failed = t.rejects(making, { outcome: 'ambiguous', code: 'DriverHostRestarted' });
  outside.disks.plant(key, DISK);
  await host.stop();
  const looking = remote.compute.disks.observe(key, DISK, call());
  await advance(clock, 1_000);
  const next = another();
  await next.start();
  await clock.until(failed);
  t.match(await clock.until(looking), { presence: 'present' }, 'what was made is found');
  await next.stop();
});

t.test('a call ends by its deadline, and its driver is told so', async (t) => {
  const slow = new SlowDisks();
  const { host, remote, call, clock } = hosted({ plugins: [slow.plugin] });
  await host.start();
  const started = clock.now();
  await t.rejects(clock.until(remote.compute.disks.create(key, DISK, call({ limitMs: 5_000 }))), {
    outcome: 'ambiguous',
    code: 'NoAnswer',
  });
  t.equal(clock.now() - started, 5_000);
  await advance(clock, 1_000);
  t.ok(slow.waiting[0]?.call.signal.aborted);
  t.same(host.load, { queued: 0, active: 0 });
  await host.stop();
});

t.test('a call that is given up ends at once, and its driver is told so', async (t) => {
  const slow = new SlowDisks();
  const { host, remote, call, clock, outside } = hosted({ plugins: [slow.plugin] });
  await host.start();
  const giving = new AbortController();
  const making = remote.compute.disks.create(key, DISK, call({ signal: giving.signal }));
  await turns(3);
  t.equal(slow.waiting.length, 1);
  const failed = t.rejects(making, { outcome: 'ambiguous', code: 'NoAnswer' });
  giving.abort(new Error('the lock is lost'));
  await failed;
  await turns(3);
  t.ok(slow.waiting[0]?.call.signal.aborted);
  t.same(host.load, { queued: 0, active: 0 });
  t.equal(outside.disks.counts.create, 0);
  t.ok(clock.scheduled <= 2, 'nothing is scheduled but what the host itself does');
  await host.stop();
});

t.test('a call whose signal has aborted, or whose time is up, is not begun', async (t) => {
  const { host, remote, call, until } = hosted();
  await host.start();
  const { disks } = remote.compute;
  const signal = AbortSignal.abort(new Error('too late'));
  await t.rejects(until(disks.create(key, DISK, call({ signal }))), {
    outcome: 'unavailable',
    code: 'NoAnswer',
  });
  await t.rejects(until(disks.create(key, DISK, call({ limitMs: 0 }))), {
    outcome: 'unavailable',
    code: 'NoAnswer',
  });
  t.equal(host.served.carriedOut, 0);
  await host.stop();
});

t.test('a request that comes after its deadline is not carried out', async (t) => {
  const { host, remote, bus, call, clock, until, outside, refusals } = hosted();
  await host.start();
  await until(remote.compute.hosts(call()));
  bus.loses = ({ topic }) => topic.endsWith('.requests');
  await t.rejects(clock.until(remote.compute.disks.create(key, DISK, call({ limitMs: 5_000 }))), {
    outcome: 'ambiguous',
    code: 'NoAnswer',
  });
  bus.loses = () => false;
  for (const { topic, message } of bus.of('requests')) {
    if (message.includes('"create"')) bus.publish(topic, message);
  }
  await turns();
  t.equal(outside.disks.counts.create, 0);
  t.ok((refusals.counts.get('expired') ?? 0) > 0);
  await host.stop();
});

t.test('calls about one object are made one after another, others at the same time', async (t) => {
  const slow = new SlowDisks();
  const { host, remote, call, clock } = hosted({ plugins: [slow.plugin] });
  await host.start();
  const { disks } = remote.compute;
  const other = { uuid: uuid(2), epoch: 1 };
  const made = [
    disks.create(key, DISK, call({ operation: 'first' })),
    disks.create(key, DISK, call({ operation: 'second' })),
    disks.create(other, DISK, call({ operation: 'other' })),
  ];
  await turns(3);
  const operations = (): readonly string[] => slow.waiting.map((each) => each.call.operation);
  t.same(operations(), ['first', 'other']);
  t.same(host.load, { active: 2, queued: 1 });
  for (const each of slow.waiting) each.resolve();
  await turns(3);
  t.same(operations(), ['first', 'other', 'second']);
  slow.waiting[2]?.resolve();
  await clock.until(Promise.all(made));
  await host.stop();
});

t.test('no more is done at a time than allowed', async (t) => {
  const slow = new SlowDisks();
  const { host, remote, call, clock } = hosted({ plugins: [slow.plugin], concurrency: 2 });
  await host.start();
  const made = [1, 2, 3].map((n) =>
    remote.compute.disks.create({ uuid: uuid(n), epoch: 1 }, DISK, call()),
  );
  await turns(3);
  t.equal(slow.waiting.length, 2);
  slow.waiting[0]?.resolve();
  await turns(3);
  t.equal(slow.waiting.length, 3);
  for (const each of slow.waiting) each.resolve();
  await clock.until(Promise.all(made));
  await host.stop();
});

t.test('a driver that forgets its signal keeps its object’s lane for a second only', async (t) => {
  const slow = new SlowDisks();
  slow.manners = 'hangs';
  const { host, remote, call, clock } = hosted({ plugins: [slow.plugin] });
  await host.start();
  const { disks } = remote.compute;
  await t.rejects(clock.until(disks.create(key, DISK, call({ limitMs: 2_000 }))));
  const seen = await clock.until(disks.observe(key, DISK, call()));
  t.match(seen, { presence: 'absent' });
  await host.stop();
});

t.test('a holder that was replaced changes nothing any more', async (t) => {
  const { host, remote, call, until, outside } = hosted();
  await host.start();
  const { disks } = remote.compute;
  await until(disks.create(key, DISK, call({ fence: '0002' })));
  await t.rejects(until(disks.delete(key, call({ fence: '0001' }))), {
    outcome: 'rejected',
    code: 'FenceOlder',
  });
  t.equal(outside.disks.objects.size, 1);
  t.match(await until(disks.observe(key, DISK, call({ fence: '0001' }))), { presence: 'present' });
  await until(disks.delete(key, call({ fence: '0002' })));
  await until(disks.create(key, DISK, call({ fence: '0003' })));
  await host.stop();
});

t.test('what a look of a plan carries as its fence keeps no holder out', async (t) => {
  const { host, remote, call, until } = hosted();
  await host.start();
  await until(remote.compute.disks.observe(key, DISK, call({ fence: 'plan' })));
  t.match(await until(remote.compute.disks.create(key, DISK, call({ fence: '0001' }))), {
    settled: true,
  });
  await host.stop();
});
