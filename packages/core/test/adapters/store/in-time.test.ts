import t from 'tap';
import { answeredInTime } from '../../../dist/adapters/store/in-time.js';

t.test('an answer in time is passed on, and nobody gives up', async (t) => {
  let given = 0;
  t.equal(await answeredInTime(Promise.resolve(7), 60_000, () => (given += 1)), 7);
  await t.rejects(
    answeredInTime(Promise.reject(new Error('refused')), 60_000, () => (given += 1)),
    /refused/,
  );
  t.equal(given, 0);
});

t.test('who asks a client that never says anything is told so all the same', async (t) => {
  let given = 0;
  const never = new Promise<number>(() => undefined);
  await t.rejects(
    answeredInTime(never, 1, () => (given += 1)),
    { name: 'PortUnavailable', port: 'store' },
  );
  t.equal(given, 1);
});
