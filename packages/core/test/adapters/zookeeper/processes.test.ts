import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { missingService, startZookeeper } from '@gdcloud/services';
import t, { type Test } from 'tap';
import type { ZookeeperOptions } from '../../../dist/adapters/zookeeper/zookeeper-locks.js';
import { take } from '../locks/lock-service-contract.js';
import { Counter, type Process, processOf, takeLater, until } from './support.js';

const CHILD = fileURLToPath(new URL('../../support/lock-holder.js', import.meta.url));

const missing = missingService('zookeeper');
if (missing !== undefined) t.plan(0, missing);
else {
  t.setTimeout(600_000);
  await processes();
}

async function processes(): Promise<void> {
  const server = await startZookeeper({ tickTime: 500 });
  t.teardown(() => server.close());

  const cloud = (t: Test, name: string) => {
    const counter = new Counter();
    const opened: Process[] = [];
    t.teardown(() => Promise.all(opened.map(({ locks }) => locks.close())));
    const connect = `${server.url}/${name}`;
    const process = (options: Partial<ZookeeperOptions> = {}): Process => {
      const made = processOf({ connect, ...options }, counter);
      opened.push(made);
      return made;
    };
    return { connect, counter, process };
  };

  for (const strategy of ['resource', 'partition'] as const) {
    t.test(
      `${strategy}: a holder that is frozen past its session has lost its lock before it does anything else`,
      async (t) => {
        const { connect, counter, process } = cloud(t, `frozen-${strategy}`);
        const incarnation = String(await counter.draw());
        const child = spawn(
          globalThis.process.execPath,
          [CHILD, connect, '1500', strategy, 'a', incarnation],
          { stdio: ['pipe', 'pipe', 'inherit'] },
        );
        t.teardown(() => child.kill('SIGKILL'));
        const lines = linesOf(child);
        const { fence } = await lines.next();
        t.type(fence, 'string');
        const asked = performance.now();
        child.stdin?.write('look\n');
        const { remainingMs, ...held } = await lines.next();
        t.match(held, { aborted: false, told: 0 });
        t.ok(Number(remainingMs) > 500, `certain for ${String(remainingMs)} ms`);
        child.kill('SIGSTOP');
        child.stdin?.write('look\n');
        const other = process({ strategy, sessionTimeoutMs: 1_500 });
        const lease = await take(t, other.locks, 'a');
        t.ok(lease.fence > String(fence), 'another has taken over with a newer token');
        t.ok(performance.now() - asked >= Number(remainingMs), 'and not before it was said');
        child.kill('SIGCONT');
        t.match(await lines.next(), { aborted: true, told: 1, remainingMs: 0 });
        t.equal(lease.signal.aborted, false);
      },
    );

    t.test(`${strategy}: of two processes that race for 1,000 keys one gets each`, async (t) => {
      const { process } = cloud(t, `race-${strategy}`);
      const patient = { strategy, sessionTimeoutMs: 10_000 };
      const two = [process(patient), process(patient)];
      // Both must be there, or the first would have all partitions.
      await Promise.all(two.map(({ locks }) => locks.holder('')));
      const holders = new Map<string, number>();
      const tokens = new Map<string, string>();
      let collisions = 0;
      let order = 0;
      const keys = Array.from({ length: 1_000 }, (_, n) => `key-${n}`);
      const run = async ({ locks }: Process): Promise<number> => {
        let got = 0;
        await Promise.all(
          keys.map(async (key) => {
            for (let turn = 0; turn < 3; turn += 1) {
              const lease = await locks.tryAcquire(key);
              if (lease === undefined) continue;
              got += 1;
              const now = (holders.get(key) ?? 0) + 1;
              holders.set(key, now);
              if (now > 1) collisions += 1;
              if (lease.fence <= (tokens.get(key) ?? '')) order += 1;
              tokens.set(key, lease.fence);
              await pause(1);
              holders.set(key, (holders.get(key) ?? 0) - 1);
              await lease.release();
            }
          }),
        );
        return got;
      };
      const got = await Promise.all(two.map(run));
      t.equal(collisions, 0, 'never two holders');
      t.equal(order, 0, 'each token is greater than the one before');
      t.ok(
        got.every((count) => count > 0),
        `both got some: ${got.join(' and ')}`,
      );
    });

    t.test(`${strategy}: many keys at a time`, async (t) => {
      const { process } = cloud(t, `many-${strategy}`);
      const one = process({ strategy, sessionTimeoutMs: 10_000 });
      const { locks } = one;
      // On a busy machine the server may be slow to answer at first.
      await takeLater(one, 'warm');
      for (const inFlight of [1, 64]) {
        const times: number[] = [];
        const end = performance.now() + 1_500;
        const since = performance.now();
        const worker = async (_: unknown, n: number): Promise<void> => {
          for (let count = 0; performance.now() < end; count += 1) {
            const before = performance.now();
            const lease = await locks.tryAcquire(`${n}-${count % 500}`);
            await lease?.release();
            times.push(performance.now() - before);
            if (count % 100 === 99) await pause(0);
          }
        };
        await Promise.all(Array.from({ length: inFlight }, worker));
        const rate = (times.length * 1_000) / (performance.now() - since);
        const p50 = times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;
        t.comment(
          `${strategy}, ${inFlight} in flight: ${rate.toFixed(0)} locks/s, p50 ${p50.toFixed(3)} ms`,
        );
      }
    });
  }

  t.test(
    'partitions are shared evenly as members come, and taken over when one goes',
    async (t) => {
      const { process } = cloud(t, 'balance');
      const keys = Array.from({ length: 2_000 }, (_, n) => `key-${n}`);
      const share = async ({ locks }: Process): Promise<number> => {
        const leases = await Promise.all(keys.map((key) => locks.tryAcquire(key)));
        const got = leases.filter((lease) => lease !== undefined);
        for (const lease of got) await lease.release();
        return got.length;
      };
      const options = { strategy: 'partition', sessionTimeoutMs: 6_000 } as const;
      const members: Process[] = [];
      const even = (): Promise<void> =>
        until(`${members.length} members share evenly`, async () => {
          const shares = await Promise.all(members.map(share));
          const sum = shares.reduce((all, one) => all + one, 0);
          return sum === keys.length && Math.min(...shares) > (keys.length / members.length) * 0.7;
        });
      for (let count = 1; count <= 3; count += 1) {
        members.push(process(options));
        await even();
        t.pass(`${count} share evenly`);
      }
      const busy = members[0];
      const held = await Promise.all(keys.map(async (key) => busy?.locks.tryAcquire(key)));
      await members.pop()?.locks.close();
      members.push(process(options));
      await until(
        'the newcomer has some',
        async () => (await share(members[2] ?? process())) > 300,
      );
      t.ok(
        held.every((lease) => lease?.signal.aborted !== true),
        'what is held is not taken away',
      );
      for (const lease of held) await lease?.release();
      await even();
    },
  );

  t.test('a member that is killed: its partitions are taken over within its session', async (t) => {
    const { connect, counter, process } = cloud(t, 'killed');
    const child = spawn(
      globalThis.process.execPath,
      [CHILD, connect, '1500', 'partition', 'a', String(await counter.draw())],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    t.teardown(() => child.kill('SIGKILL'));
    await linesOf(child).next();
    const other = process({ strategy: 'partition', sessionTimeoutMs: 1_500 });
    await other.locks.holder('a');
    t.equal(await other.locks.tryAcquire('a'), undefined);
    child.kill('SIGKILL');
    const since = performance.now();
    await take(t, other.locks, 'a');
    t.comment(
      `taken over after ${(performance.now() - since).toFixed(0)} ms of a 1,500 ms session`,
    );
  });
}

function linesOf(child: ChildProcess): { next(): Promise<Readonly<Record<string, unknown>>> } {
  if (child.stdout === null) throw new Error('no output');
  const reader = createInterface({ input: child.stdout });
  const lines: string[] = [];
  reader.on('line', (line) => lines.push(line));
  return {
    next: async () => {
      if (lines.length === 0) await once(reader, 'line');
      return JSON.parse(lines.shift() ?? '{}');
    },
  };
}
