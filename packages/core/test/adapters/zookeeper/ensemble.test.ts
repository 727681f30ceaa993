import { connect as open } from 'node:net';
import { freePorts, missingService, type Service, startZookeeper } from '@gdcloud/services';
import t, { type Test } from 'tap';
import { Counter, type Process, processOf, takeLater, until } from './support.js';

const missing = missingService('zookeeper');
if (missing !== undefined) t.plan(0, missing);
else {
  t.setTimeout(600_000);
  t.test(
    'a connected member of an ensemble dies: another takes over within the session',
    async (t) => {
      const members = await ensemble(t);
      const counter = new Counter();
      const connect = `${members.map(({ url }) => url).join(',')}/deep/chroot`;
      const one = processOf({ connect, sessionTimeoutMs: 10_000 }, counter);
      const other = processOf({ connect, sessionTimeoutMs: 10_000 }, counter);
      t.teardown(() => Promise.all([one.locks.close(), other.locks.close()]));
      const lease = await takeLater(one, 'a');
      // Whichever member it is connected to, it is among these two sooner or later.
      for (const member of members) {
        await member.kill();
        const b = await takeLater(one, 'b');
        await b.release();
        t.equal(await takeLaterOrNot(other, 'a'), undefined, 'it is held still');
        await member.start();
        // Before that there is no quorum without the next one.
        await until('it serves again', () => serves(member));
        await takeLater(one, 'c').then((c) => c.release());
      }
      t.equal(lease.signal.aborted, false);
    },
  );
}

async function takeLaterOrNot(process: Process, key: string) {
  for (;;) {
    try {
      return await process.locks.tryAcquire(key);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function ensemble(t: Test): Promise<readonly Service[]> {
  const [a, b, c, d, e, f] = await freePorts(6);
  const lines = [
    `server.1=127.0.0.1:${a}:${b}`,
    `server.2=127.0.0.1:${c}:${d}`,
    `server.3=127.0.0.1:${e}:${f}`,
  ];
  const members = await Promise.all(
    [1, 2, 3].map((id) => startZookeeper({ tickTime: 500, ensemble: { id, members: lines } })),
  );
  t.teardown(() => Promise.all(members.map((member) => member.close())));
  return members;
}

function serves({ port }: Service): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = open({ host: '127.0.0.1', port }, () => socket.write('srvr'));
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(/^Mode: (leader|follower)/m.test(answer)));
  });
}
