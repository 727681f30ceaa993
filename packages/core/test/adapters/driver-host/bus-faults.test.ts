import type { DriverFailure } from '@gdcloud/core';
import t from 'tap';
import { fixedRandom } from '../../support/fixed-random.js';
import { uuid } from '../../support/resources.js';
import { turns } from '../../support/turns.js';
import {
  advance,
  HOST,
  type Hosted,
  hosted,
  KEY,
  OTHER_KEY,
  wrongClock,
} from './support/hosted.js';
import { SlowDisks } from './support/slow-disks.js';
import { lossyBus, type Tapped } from './support/tapped-bus.js';

const DISK = { name: 'disk', sizeBytes: 4 };
const key = { uuid: uuid(1), epoch: 1 };

t.test('an answer that is lost is asked for again, and the change is made once', async (t) => {
  const { host, remote, bus, outside, call, until } = hosted();
  await host.start();
  bus.loses = firstThree('.replies.');
  await until(remote.compute.disks.create(key, DISK, call()));
  t.equal(outside.disks.counts.create, 1);
  t.same(host.served, { carriedOut: 1, answeredAgain: 3 });
  await host.stop();
});

t.test('a request that is lost is sent again', async (t) => {
  const { host, remote, bus, outside, call, until } = hosted();
  await host.start();
  await until(remote.compute.hosts(call()));
  bus.loses = firstThree('.requests');
  await until(remote.compute.disks.create(key, DISK, call()));
  t.equal(outside.disks.counts.create, 1);
  t.same(host.served, { carriedOut: 2, answeredAgain: 0 });
  await host.stop();
});

t.test('over a bus that loses, doubles and delays, every change is made once', async (t) => {
  const { host, remote, outside, call, until, clock, bus } = hosted({
    through: (sound, time) => lossyBus(sound, time, fixedRandom(0.5, 42)),
  });
  await host.start();
  const made = Array.from({ length: 40 }, (_, n) =>
    remote.compute.disks.create({ uuid: uuid(n), epoch: 1 }, DISK, call({ operation: `op ${n}` })),
  );
  await until(Promise.all(made));
  t.same(outside.disks.counts, { create: 40, update: 0, delete: 0 });
  t.equal(host.served.carriedOut, 40);
  t.ok(bus.of('requests').length > 50, 'many were sent again');
  t.ok(clock.now() - 1_000_000_000_000 < 30_000);
  await host.stop();
});

t.test('long work is told to be under way, and asked after ever more seldom', async (t) => {
  const slow = new SlowDisks();
  const { host, remote, bus, clock, call } = hosted({ plugins: [slow.plugin] });
  await host.start();
  const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const making = remote.compute.disks.create(key, DISK, { ...call(), trace });
  await advance(clock, 25_000);
  const { length } = bus.of('requests').filter(({ message }) => message.includes('"create"'));
  t.ok(length > 5 && length < 12, `${length} requests in 25 s`);
  t.match(slow.waiting[0]?.call, { trace, operation: 'op', fence: '0001' });
  slow.waiting[0]?.resolve();
  t.match(await clock.until(making), { settled: true });
  t.equal(host.served.carriedOut, 1);
  await host.stop();
});

t.test('a copy of a message that changes nothing any more is refused', async (t) => {
  const { host, remote, bus, outside, call, until, clock, refusals } = hosted();
  await host.start();
  await until(remote.compute.disks.create(key, DISK, call()));
  const recorded = bus.of('requests').filter(({ message }) => message.includes('"create"'));
  t.equal(recorded.length, 1);
  const replay = async (): Promise<void> => {
    for (const { topic, message } of recorded) bus.publish(topic, message);
    await turns();
  };
  await until(remote.compute.disks.delete(key, call({ operation: 'the next' })));
  await replay();
  t.equal(
    outside.disks.objects.size,
    0,
    'it is answered from memory, to whom it was answered before',
  );
  await advance(clock, 45_000);
  await replay();
  t.equal(outside.disks.objects.size, 0);
  await advance(clock, 200_000);
  await until(remote.compute.disks.delete(key, call({ operation: 'so that it forgets' })));
  await replay();
  t.equal(outside.disks.objects.size, 0);
  t.equal(refusals.counts.get('stale'), 1, 'once it is forgotten it is too old');
  t.equal(host.served.carriedOut, 3);
  await host.stop();
});

t.test('a request recorded in one life means nothing in the next', async (t) => {
  const { host, another, remote, bus, outside, call, until, refusals } = hosted();
  await host.start();
  await until(remote.compute.disks.create(key, DISK, call()));
  const recorded = bus.of('requests');
  await host.stop();
  outside.disks.objects.clear();
  const next = another();
  await next.start();
  for (const { topic, message } of recorded) bus.publish(topic, message);
  await turns();
  t.equal(outside.disks.objects.size, 0);
  t.equal(next.served.carriedOut, 0);
  t.equal(refusals.counts.get('another life'), 1);
  await next.stop();
});

t.test('where the clock is put back a new life begins, and looks go on in it', async (t) => {
  const { host, remote, bus, outside, call, until, clock, lines } = hosted();
  await host.start();
  await until(remote.compute.disks.create(key, DISK, call()));
  const recorded = bus.of('requests');
  outside.disks.objects.clear();
  // The time of day alone: what is measured goes on.
  clock.putBackBy = 3_600_000;
  t.same(await until(remote.compute.disks.observe(key, DISK, call())), { presence: 'absent' });
  for (const { topic, message } of recorded) bus.publish(topic, message);
  await turns();
  t.equal(outside.disks.objects.size, 0);
  t.ok(lines.some(({ message }) => message.startsWith('the clock was put back')));
  await host.stop();
});

t.test('an answer is for its own question only', async (t) => {
  const slow = new SlowDisks();
  const { host, remote, bus, call, clock, until } = hosted({ plugins: [slow.plugin] });
  await host.start();
  await until(remote.compute.disks.observe(key, DISK, call()));
  const answers = bus.of('replies');
  t.equal(answers.length, 1);
  const making = remote.compute.disks.create(key, DISK, call());
  await turns(3);
  for (const { topic, message } of answers) bus.publish(topic, message);
  await turns(3);
  slow.waiting[0]?.resolve();
  t.match(await clock.until(making), { settled: true });
  await host.stop();
});

t.test('whoever has not the key is neither heard nor answered', async (t) => {
  const { host, client, outside, call, until, refusals, lines } = hosted();
  await host.start();
  const stranger = client({ keys: [OTHER_KEY] });
  await t.rejects(until(stranger.compute.disks.create(key, DISK, call())), {
    outcome: 'unavailable',
    code: 'DriverHostAway',
  });
  t.equal(outside.disks.counts.create, 0);
  t.ok((refusals.counts.get('forged') ?? 0) > 2);
  const told = lines.filter(({ data }) => 'reason' in data && data.reason === 'forged');
  t.ok(told.length > 0 && told.length < (refusals.counts.get('forged') ?? 0));
  t.notMatch(JSON.stringify(told), /disk|create/, 'nothing of what was refused is logged');
  await host.stop();
});

t.test('junk on every topic is counted and harms nobody', async (t) => {
  const { host, remote, bus, call, until, refusals } = hosted();
  await host.start();
  await until(remote.compute.hosts(call()));
  const ours = [...bus.seen];
  const topics = [...new Set(ours.map(({ topic }) => topic))];
  t.equal(topics.length, 3);
  const forged = `gdh1.${'0'.repeat(64)}.{}`;
  for (const topic of topics) {
    const junk = ['', '{}', forged, forged.replace('gdh1', 'gdh9'), 'x'.repeat(5_000_000)];
    for (const each of junk) bus.publish(topic, each);
    // Our own messages, where they do not belong.
    for (const { message } of ours) bus.publish(topic, message);
  }
  await turns();
  t.equal(refusals.counts.get('malformed'), 6);
  t.equal(refusals.counts.get('forged'), 3);
  t.equal(refusals.counts.get('version'), 3);
  t.equal(refusals.counts.get('too large'), 3);
  t.ok((refusals.counts.get('misdirected') ?? 0) > 3);
  t.ok((refusals.counts.get('replayed') ?? 0) > 1);
  t.match(await until(remote.compute.hosts(call())), [{ name: 'host0' }, { name: 'host1' }]);
  await host.stop();
});

t.test('a key is changed while calls go on', async (t) => {
  const { host, another, client, remote, call, until } = hosted();
  const works = (drivers: Hosted['remote']): Promise<unknown> =>
    until(drivers.compute.hosts(call()));
  await host.start();
  await works(remote);
  await host.stop();
  const prepared = another({ keys: [KEY, OTHER_KEY] });
  await prepared.start();
  await works(remote);
  await works(client({ keys: [KEY, OTHER_KEY] }));
  await works(client({ keys: [OTHER_KEY, KEY] }));
  await prepared.stop();
  const changed = another({ keys: [OTHER_KEY] });
  await changed.start();
  await works(client({ keys: [OTHER_KEY, KEY] }));
  const late = client({ keys: [KEY] });
  await t.rejects(works(late), { code: 'DriverHostAway' });
  await changed.stop();
});

t.test('a request larger than allowed is not sent, and nothing has happened', async (t) => {
  const { host, remote, outside, call, until } = hosted({ largestMessage: 8_192 });
  await host.start();
  const large = { ...DISK, name: 'x'.repeat(8_192) };
  await t.rejects(until(remote.compute.disks.create(key, large, call())), {
    outcome: 'rejected',
    code: 'RequestTooLarge',
  });
  t.equal(outside.disks.counts.create, 0);
  await host.stop();
});

t.test('an answer larger than allowed is a failure that says what helps', async (t) => {
  const { host, remote, outside, call, until } = hosted({ largestMessage: 8_192 });
  await host.start();
  for (let n = 0; n < 100; n += 1) outside.disks.plant({ uuid: uuid(n), epoch: 1 }, DISK);
  await t.rejects(until(remote.compute.disks.list(undefined, call())), {
    outcome: 'rejected',
    code: 'AnswerTooLarge',
    remedy: /smaller pages/,
  });
  outside.disks.pageSize = 20;
  t.equal((await until(remote.compute.disks.list(undefined, call()))).objects.length, 20);
  await host.stop();
});

t.test('of two hosts of one name the later one is asked, and it is told', async (t) => {
  const { host, another, remote, call, until, clock, lines } = hosted();
  await host.start();
  await until(remote.compute.hosts(call()));
  await advance(clock, 1_000);
  const later = another();
  await later.start();
  await advance(clock, 12_000);
  await until(remote.compute.hosts(call()));
  t.equal(later.served.carriedOut, 1);
  t.equal(host.served.carriedOut, 1);
  const told = lines.filter(({ message }) => message.startsWith('two driver hosts have one name'));
  t.equal(told.length, 1);
  await later.stop();
  await advance(clock, 20_000);
  await until(remote.compute.hosts(call()));
  t.equal(host.served.carriedOut, 2, 'the one that is left');
  t.equal(host.name, HOST);
  await host.stop();
});

t.test(
  'messages between machines whose clocks are more than a minute apart are refused',
  async (t) => {
    const { host, client, call, clock, refusals } = hosted();
    await host.start();
    const wrong = wrongClock(clock, 61_000);
    const far = client({ clock: wrong });
    const failed = await clock.until(
      far.compute.disks
        .create(key, DISK, { ...call(), deadline: wrong.now() + 30_000 })
        .catch((failure: DriverFailure) => failure),
    );
    t.match(failed, { code: 'DriverHostAway', outcome: 'unavailable' });
    t.ok((refusals.counts.get('stale') ?? 0) > 0);
    await host.stop();
  },
);

t.test('within a minute a wrong clock does no harm, and deadlines hold', async (t) => {
  const slow = new SlowDisks();
  const { host, client, call, clock } = hosted({ plugins: [slow.plugin] });
  await host.start();
  for (const wrong of [-55_000, 55_000]) {
    const off = wrongClock(clock, wrong);
    const far = client({ clock: off });
    const making = far.compute.disks.create(key, DISK, { ...call(), deadline: off.now() + 5_000 });
    const deadline = clock.now() + 5_000;
    await advance(clock, 1_000);
    const waiting = slow.waiting.at(-1);
    t.equal(waiting?.call.deadline, deadline, 'told by the host’s own clock');
    waiting?.resolve();
    t.match(await clock.until(making), { settled: true });
  }
  await host.stop();
});

function firstThree(part: string): (tapped: Tapped) => boolean {
  let lost = 0;
  return ({ topic }) => {
    if (!topic.includes(part) || lost === 3) return false;
    lost += 1;
    return true;
  };
}
