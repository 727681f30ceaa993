import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PortUnavailable } from '@gdcloud/core';
import { missingService, startZookeeper } from '@gdcloud/services';
import t, { type Test } from 'tap';
import { MemoryLockService } from '../../../dist/adapters/locks/memory-lock-service.js';
import type { ZookeeperOptions } from '../../../dist/adapters/zookeeper/zookeeper-locks.js';
import { take } from '../locks/lock-service-contract.js';
import { Counter, Link, type Process, processOf, takeLater, until } from './support.js';

const missing = missingService('zookeeper');
if (missing !== undefined) t.plan(0, missing);
else {
  t.setTimeout(600_000);
  await faults();
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
}

async function faults(): Promise<void> {
  const cloud = async (t: Test, tickTime = 250) => {
    const server = await startZookeeper({ tickTime });
    const counter = new Counter();
    const opened: Process[] = [];
    t.teardown(async () => {
      for (const { locks } of opened) await locks.close();
      await server.close();
    });
    const process = (options: Partial<ZookeeperOptions> = {}): Process => {
      const made = processOf({ connect: server.url, ...options }, counter);
      opened.push(made);
      return made;
    };
    return { server, counter, process };
  };

  t.test('a server that is killed and comes back within the session keeps the locks', async (t) => {
    const { server, process } = await cloud(t, 750);
    const one = process({ sessionTimeoutMs: 15_000 });
    const other = process({ sessionTimeoutMs: 15_000 });
    const lease = await take(t, one.locks, 'a');
    await other.locks.holder('a');
    await server.kill();
    await until('no lock is given without a server', () =>
      one.locks.tryAcquire('b').then(
        (given) => given?.release().then(() => false) ?? false,
        (thrown: unknown) => thrown instanceof PortUnavailable && thrown.port === 'locks',
      ),
    );
    await server.start();
    const theirs = await takeLater(other, 'b');
    t.equal(await other.locks.tryAcquire('a'), undefined, 'it is held still');
    t.equal(lease.signal.aborted, false, 'and its holder need not stop');
    await lease.release();
    await theirs.release();
    const next = await take(t, other.locks, 'a');
    t.ok(next.fence > lease.fence);
  });

  t.test(
    'a server that hangs: holders stop at two thirds, and a new session gives newer tokens',
    async (t) => {
      const { server, process } = await cloud(t);
      // Two thirds of it leave a busy machine a second and a half to hear of the end.
      const sessionTimeoutMs = 4_500;
      const one = process({ sessionTimeoutMs });
      const lease = await take(t, one.locks, 'a');
      const since = performance.now();
      server.pause();
      await aborted(lease.signal);
      const after = performance.now() - since;
      t.ok(
        after < sessionTimeoutMs,
        `it stopped after ${after} ms, before the session could be over`,
      );
      t.match(lease.signal.reason, { message: /two thirds/ });
      await t.rejects(one.locks.tryAcquire('b'), { name: 'PortUnavailable', remedy: /ZooKeeper/ });
      await new Promise((resolve) => setTimeout(resolve, sessionTimeoutMs + 1_000 - after));
      server.resume();
      await lease.release();
      const again = await takeLater(one, 'a');
      t.ok(again.fence > lease.fence);
      t.equal(again.signal.aborted, false);
      t.ok(one.lines.length <= 8, 'a line an episode, not one an attempt');
    },
  );

  t.test('data that are wiped do not make tokens go back', async (t) => {
    const { server, counter, process } = await cloud(t);
    const one = process({ sessionTimeoutMs: 1_500 });
    const other = process({ sessionTimeoutMs: 1_500 });
    const tokens: string[] = [];
    for (let n = 0; n < 200; n += 1) {
      const lease = await take(t, one.locks, 'a');
      if (n % 50 === 0) tokens.push(lease.fence);
      await lease.release();
    }
    await take(t, other.locks, 'b');
    await server.kill();
    await rm(join(server.folder, 'data', 'version-2'), { recursive: true });
    await server.start();
    for (const each of [one, other, process()]) {
      const lease = await takeLater(each, 'a');
      tokens.push(lease.fence);
      await lease.release();
    }
    const embedded = new MemoryLockService(counter.draw);
    tokens.push((await take(t, embedded, 'a')).fence);
    tokens.push((await takeLater(process(), 'a')).fence);
    t.same(tokens, tokens.toSorted());
    t.equal(new Set(tokens).size, tokens.length);
  });

  t.test('a process that starts raises all tokens, also of those that are at work', async (t) => {
    const { counter, process } = await cloud(t);
    const one = process();
    const first = await take(t, one.locks, 'a');
    await first.release();
    const embedded = new MemoryLockService(counter.draw);
    const between = await take(t, embedded, 'a');
    const other = process();
    const second = await take(t, other.locks, 'a');
    await second.release();
    const third = await take(t, one.locks, 'a');
    const tokens = [first.fence, between.fence, second.fence, third.fence];
    t.same(tokens, tokens.toSorted());
  });

  t.test('a lock whose answer got lost is taken the next time it is asked for', async (t) => {
    const { server, process } = await cloud(t);
    const link = await Link.to(server.port);
    t.teardown(() => link.close());
    const one = process({ connect: link.url });
    const other = process();
    await (await take(t, one.locks, 'a')).release();
    link.dropAnswers();
    const lost = one.locks.tryAcquire('a').then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    await until(
      'the server has made it',
      async () => (await other.locks.holder('a')) !== undefined,
    );
    link.cut();
    t.ok((await lost) instanceof PortUnavailable);
    const lease = await takeLater(one, 'a');
    t.equal(await other.locks.tryAcquire('a'), undefined);
    await lease.release();
    t.ok(await take(t, other.locks, 'a'));
  });

  t.test('a lock whose answer got lost and that nobody asks for again is given up', async (t) => {
    const { server, process } = await cloud(t);
    const link = await Link.to(server.port);
    t.teardown(() => link.close());
    const one = process({ connect: link.url });
    const other = process();
    await (await take(t, one.locks, 'a')).release();
    link.dropAnswers();
    const lost = one.locks.tryAcquire('a').catch(() => undefined);
    await until(
      'the server has made it',
      async () => (await other.locks.holder('a')) !== undefined,
    );
    link.cut();
    await lost;
    const kept = await takeLater(one, 'b');
    await until('it is free', async () => (await other.locks.holder('a')) === undefined);
    t.equal(kept.signal.aborted, false, 'the session is the same');
  });

  t.test(
    'a release whose answer got lost is repeated, and takes nobody else’s lock away',
    async (t) => {
      const { server, process } = await cloud(t);
      const link = await Link.to(server.port);
      t.teardown(() => link.close());
      const one = process({ connect: link.url });
      const other = process();
      const lease = await take(t, one.locks, 'a');
      link.dropAnswers();
      const released = lease.release();
      const theirs = await take(t, other.locks, 'a');
      link.cut();
      await released;
      await (await takeLater(one, 'b')).release();
      t.equal(await one.locks.tryAcquire('a'), undefined);
      t.ok(theirs.fence > lease.fence);
    },
  );

  t.test('nodes belong to who has the password', async (t) => {
    const { process } = await cloud(t);
    const auth = { scheme: 'digest', user: 'cloud', password: 'canary-right' } as const;
    const one = process({ auth });
    const lease = await take(t, one.locks, 'a');
    for (const wrong of [process({ auth: { ...auth, password: 'canary-wrong' } }), process()]) {
      const thrown: unknown = await wrong.locks.tryAcquire('b').catch((error: unknown) => error);
      t.match(thrown, { name: 'PortUnavailable', remedy: /password/ });
      t.notMatch(JSON.stringify(wrong.lines) + String(thrown), /canary/);
    }
    await lease.release();
    const other = process({ auth });
    await take(t, other.locks, 'a');
  });

  t.test('a server that is not there is told of, and looked for until it is', async (t) => {
    const { server, process } = await cloud(t);
    await server.kill();
    const one = process({ sessionTimeoutMs: 1_000 });
    await t.rejects(one.locks.tryAcquire('a'), {
      name: 'PortUnavailable',
      remedy: /reachable/,
    });
    const nowhere = process({ connect: 'no.such.host.invalid:2181', sessionTimeoutMs: 1_000 });
    await t.rejects(nowhere.locks.tryAcquire('a'), { name: 'PortUnavailable' });
    await server.start();
    t.ok(await takeLater(one, 'a'));
  });

  t.test('processes that keep locks in two ways at a time are refused', async (t) => {
    const { process } = await cloud(t);
    const one = process();
    const lease = await take(t, one.locks, 'a');
    const other = process({ strategy: 'partition' });
    await t.rejects(other.locks.tryAcquire('b'), { message: /strategy resource/ });
    await one.locks.close();
    t.equal(lease.signal.aborted, true, 'what is closed holds nothing');
    const next = await takeLater(other, 'a');
    t.ok(next.fence > lease.fence);
    await next.release();
    await other.locks.close();
    const back = await takeLater(process(), 'a');
    t.ok(back.fence > next.fence);
  });
}
